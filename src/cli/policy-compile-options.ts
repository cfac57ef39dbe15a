import { type Command, Option } from 'commander';
import type { CommandIo } from './io.ts';
import type { PolicyCompileOptions } from './policy-compile.ts';

/** Adds `policy compile`; what it compiles with is loaded only when it runs. */
export function addPolicyCompile(policy: Command, io: CommandIo, setCode: (code: number) => void): void {
  policy
    .command('compile')
    .description('the policy as CEL that the API server evaluates itself')
    .addOption(new Option('-o, --output <format>', 'format').choices(['yaml', 'json']).default('yaml'))
    .addOption(
      new Option('--form <form>', 'only this form (default: all)').choices([
        'webhook',
        'admission-policy',
        'mutating-policy',
      ]),
    )
    .option('--policy <file>', 'policy file (default: the built-in policy)')
    .addHelpText(
      'after',
      '\nwebhook: when the webhooks are worth a call; a patch for `kubectl patch --type=strategic --patch-file` or kustomize.\nadmission-policy: ValidatingAdmissionPolicies of the rules that CEL decides exactly, for `kubectl apply -f`.\nmutating-policy: a MutatingAdmissionPolicy of the NET_RAW repair, as far as CEL does it exactly; Kubernetes 1.36.',
    )
    .action(async (given: PolicyCompileOptions) => {
      const { policyCompileCommand } = await import('./policy-compile.ts');
      setCode(await policyCompileCommand(given, io));
    });
}
