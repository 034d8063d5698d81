import { expect, test } from 'vitest';
import { AnalysisError, analyse, type ImportOptions } from '../../../analyser/index.ts';

const HEAD = `<domain type='kvm'>
<name>x</name>
<memory>1048576</memory>
<vcpu>2</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
`;

/** A machine with a fragment on line 6. */
export const machine = (fragment: string): string => `${HEAD}${fragment}\n</domain>`;
export const device = (fragment: string): string => machine(`<devices>${fragment}</devices>`);
export const disk = (inside: string, attributes = "type='file' device='disk'"): string =>
  device(`<disk ${attributes}><source file='/a'/><target dev='vda' bus='virtio'/>${inside}</disk>`);
export const nic = (inside: string): string => device(`<interface type='user'>${inside}</interface>`);

/** XPath of the devices. */
export const D = '/domain/devices';

/** What is refused of a document. */
export function refusedBy(xml: string, options?: ImportOptions): AnalysisError {
  try {
    analyse(xml, options);
  } catch (error) {
    if (error instanceof AnalysisError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** What, the document, the XPath that is refused, and what the reason says. */
export type Case = readonly [what: string, xml: string, xpath: string, reason: RegExp];

/** A test for each case: it is refused at its XPath, on its line, with its reason. */
export function refuses(cases: readonly Case[]): void {
  for (const [what, xml, xpath, reason] of cases) {
    test(`${what} is refused at its place`, () => {
      const { refused } = refusedBy(xml);
      const found = refused.find((leaf) => leaf.xpath === xpath);
      expect(found, refused.map((leaf) => `${leaf.xpath}: ${leaf.reason}`).join('\n')).toBeDefined();
      expect(found?.reason).toMatch(reason);
      const [step = ''] = /[\w-]+(?=(\[\d+\])?(\/text\(\))?$)/.exec(xpath) ?? [];
      if (found?.reason !== 'is missing') expect(xml.split('\n')[(found?.line ?? 0) - 1]).toContain(step);
    });
  }
}
