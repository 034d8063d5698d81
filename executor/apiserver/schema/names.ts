/** Complaints about a name, worded as apimachinery's `validation` words them; none for a good one. */
export type NameCheck = (text: string) => string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

function pattern(expression: string, max: number, complaint: string): NameCheck {
  const whole = new RegExp(`^(?:${expression})$`);
  return (text) => [
    ...(text.length > max ? [`must be no more than ${max} bytes`] : []),
    ...(whole.test(text)
      ? []
      : [`${complaint} (e.g. ${EXAMPLES[expression]}, regex used for validation is '${expression}')`]),
  ];
}

const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';

const EXAMPLES: Record<string, string> = {
  [LABEL]: "'my-name',  or '123-abc'",
  [SUBDOMAIN]: "'example.com'",
  [DNS1035]: "'my-name',  or 'abc-123'",
  [QUALIFIED]: "'MyValue',  or 'my_value',  or '12345'",
};

export const dns1123Label = pattern(
  LABEL,
  63,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
);

export const dns1123Subdomain = pattern(
  SUBDOMAIN,
  253,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
);

export const dns1035Label = pattern(
  DNS1035,
  63,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
);

const labelPart = pattern(
  QUALIFIED,
  63,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
);

const labelValue: NameCheck = (text) => (text === '' ? [] : labelPart(text));

/** `name` or `prefix/name`. */
const qualifiedName: NameCheck = (text) => {
  const [name = '', prefix, ...rest] = text.split('/').reverse();
  if (rest.length > 0)
    return ["a qualified name must consist of a name and, optionally, a DNS subdomain prefix and '/'"];
  const inPrefix = prefix === undefined ? [] : dns1123Subdomain(prefix).map((complaint) => `prefix part ${complaint}`);
  return [...inPrefix, ...labelPart(name).map((complaint) => `name part ${complaint}`)];
};

const withPrefix =
  (check: NameCheck): NameCheck =>
  (text) =>
    check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

/** Named checks of Kubernetes' CEL library `format`. */
export const names: Record<string, NameCheck> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  labelValue,
  dns1123LabelPrefix: withPrefix(dns1123Label),
  dns1123SubdomainPrefix: withPrefix(dns1123Subdomain),
  dns1035LabelPrefix: withPrefix(dns1035Label),
};
