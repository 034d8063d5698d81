import type { VirtualMachineImage, VirtualMachineImageSpec } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import type { VolumePaths } from '../../storage/volume/index.ts';

type Sources = VirtualMachineImageSpec['source'];
export type SourceType = keyof Sources;
export type Source<T extends SourceType> = NonNullable<Sources[T]>;

/** A source that was asked what it has. */
export interface Located {
  /** Names the content where it is known beforehand: two images of the same content are fetched once. */
  readonly content?: string | undefined;
  /** Brings the bytes into the part and answers with their digest, `sha256:…`. */
  fetch(paths: VolumePaths, task: TaskHandle): Promise<string>;
}

export type Locate<T extends SourceType> = (
  context: Context,
  source: Source<T>,
  image: VirtualMachineImage,
  signal: AbortSignal,
) => Promise<Located>;
