import { type Environment, Optional } from '@marcbachmann/cel-js';
import { names } from '../../names.ts';
import { hasFormat } from '../../validate/formats.ts';

class Format {
  readonly check: (text: string) => string[];

  constructor(check: (text: string) => string[]) {
    this.check = check;
  }
}

class FormatNamespace {}

const shaped = (format: string, complaint: string): Format =>
  new Format((text) => (hasFormat(text, format) ? [] : [complaint]));

const formats: Record<string, Format> = {
  ...Object.fromEntries(Object.entries(names).map(([name, check]) => [name, new Format(check)])),
  uri: shaped('uri', 'invalid URI'),
  uuid: shaped('uuid', 'does not match the UUID format'),
  byte: shaped('byte', 'invalid base64'),
  date: shaped('date', 'invalid date'),
  datetime: shaped('datetime', 'invalid datetime'),
};

/** Kubernetes' format library: `!format.dns1123Label().validate(self).hasValue()`. */
export function registerFormats(env: Environment): void {
  env.registerType('Format', Format).registerType('FormatNamespace', FormatNamespace);
  env.registerConstant('format', 'FormatNamespace', new FormatNamespace());
  for (const [name, format] of Object.entries(formats)) {
    env.registerFunction(`FormatNamespace.${name}(): Format`, () => format);
  }
  env.registerFunction('FormatNamespace.named(string): optional<Format>', (_: FormatNamespace, name: string) =>
    Object.hasOwn(formats, name) ? Optional.of(formats[name]) : Optional.none(),
  );
  env.registerFunction('Format.validate(string): optional<list<string>>', (format: Format, text: string) => {
    const complaints = format.check(text);
    return complaints.length === 0 ? Optional.none() : Optional.of(complaints);
  });
}
