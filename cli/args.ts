import { string } from '@oclif/core/args';

/** oclif takes a missing argument from standard input otherwise, which a loop in a shell script needs itself. */
const common = { ignoreStdin: true } as const;

export const requiredArg = (description: string) => string({ ...common, required: true, description });
export const optionalArg = (description: string) => string({ ...common, description });
/** One or more words. */
export const listArg = (description: string, required = true) =>
  string({ ...common, multiple: true, required, description } as const);
