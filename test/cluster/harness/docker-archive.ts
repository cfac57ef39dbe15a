import { mustRun } from './command.ts';

/** What an image says of its containers. Source: opencontainers/image-spec config.md. */
export interface ImageConfig {
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

interface ArchiveManifest {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/** The configuration of a docker-archive's only image. */
export async function imageConfig(archive: string): Promise<ImageConfig> {
  const { Config } = await archiveManifest(archive);
  const { config } = JSON.parse(await extract(archive, Config)) as { readonly config: ImageConfig };
  return config;
}

/** Bytes of each layer, unpacked, from the base's first. */
export async function layerBytes(archive: string): Promise<readonly number[]> {
  const { Layers } = await archiveManifest(archive);
  const listing = await mustRun('tar', ['--list', '--verbose', '--file', archive]);
  const sizes = new Map(
    listing.split('\n').map((line) => {
      const [, , size, , , name = ''] = line.split(/ +/);
      return [name, Number(size)];
    }),
  );
  return Layers.map((layer) => {
    const size = sizes.get(layer);
    if (size === undefined) throw new Error(`${archive} has no ${layer}`);
    return size;
  });
}

async function archiveManifest(archive: string): Promise<ArchiveManifest> {
  const [only] = JSON.parse(await extract(archive, 'manifest.json')) as readonly ArchiveManifest[];
  if (only === undefined) throw new Error(`${archive} holds no image`);
  return only;
}

function extract(archive: string, name: string): Promise<string> {
  return mustRun('tar', ['--extract', '--to-stdout', '--file', archive, name]);
}
