/** The input is no XML that we read: not well-formed, beyond a bound, or using what could read other files. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;

  /** @param source where the text came from, such as a file's name. */
  constructor(message: string, line: number, column: number, source?: string) {
    super(
      source === undefined ? `line ${line}, column ${column}: ${message}` : `${source}:${line}:${column}: ${message}`,
    );
    this.line = line;
    this.column = column;
  }
}
