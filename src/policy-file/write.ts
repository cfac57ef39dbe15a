import { Document, isScalar, Scalar, visit } from 'yaml';
import type { Policy } from '../policy/policy.ts';
import { policyApiVersion, policyKind } from '../policy/policy.ts';

/**
 * The policy in force as a policy file that leaves nothing to a profile or a default; each value that one of them
 * gave, or the file, says so in a comment. Read again, it is the same policy.
 */
export function writePolicyText(policy: Policy): string {
  const document = new Document(explicitPolicy(policy), { aliasDuplicateObjects: false });
  for (const [field, origin] of policy.origins) {
    const node = document.getIn(['spec', ...field.split('.')], true);
    if (isScalar(node)) node.comment = ` ${origin}`;
  }
  visit(document, {
    // Everything that is more than plain text on one line is written with its escapes.
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && /[^\x20-\x7e]/.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
}

function explicitPolicy({ name, profile, workloads, rules, written }: Policy): object {
  const { exemptions, kinds } = written.spec;
  return {
    apiVersion: policyApiVersion,
    kind: policyKind,
    metadata: { name },
    spec: {
      profile,
      workloads,
      rules: Object.fromEntries(
        rules.map(({ definition, settings }) => [
          definition.id,
          {
            action: settings.action,
            ...(settings.fix !== undefined && { fix: settings.fix }),
            ...(definition.tokens !== undefined && { tokens: settings.tokens }),
            ...(settings.classes.size > 0 && {
              classes: Object.fromEntries(
                [...settings.classes.values()].map((each) => [
                  each.name,
                  {
                    action: each.action,
                    hostAccess: each.hostAccess,
                    ...edits(written.spec.rules?.[definition.id]?.classes?.[each.name]),
                  },
                ]),
              ),
            }),
          },
        ]),
      ),
      ...(exemptions !== undefined && { exemptions }),
      ...(kinds !== undefined && { kinds }),
    },
  };
}

function edits({ add, remove }: Edits = {}): Edits {
  return { ...(add !== undefined && { add }), ...(remove !== undefined && { remove }) };
}

interface Edits {
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
}
