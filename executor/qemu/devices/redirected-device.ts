import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { bootIndexes } from './boot.ts';
import { chardevArguments } from './character.ts';
import { usbPlace } from './usb.ts';

type Rule = NonNullable<Board['spec']['redirectionFilter']>[number];

/** `2.0` is 0x0200: binary coded decimals, as USB has them. */
function version(text: string | undefined): string {
  if (text === undefined) return '-1';
  const [major = '0', minor = '0'] = text.split('.');
  return `0x${major.padStart(2, '0')}${minor.padEnd(2, '0')}`;
}

const hex = (text: string | undefined, digits: number): string =>
  text === undefined ? '-1' : `0x${Number(text).toString(16).toUpperCase().padStart(digits, '0')}`;

/** qemu's filter: CLASS:VENDOR:PRODUCT:VERSION:ALLOW of each rule. */
const filterOf = (rules: readonly Rule[]): string =>
  rules
    .map((rule) =>
      [hex(rule.class, 2), hex(rule.vendor, 4), hex(rule.product, 4), version(rule.version), rule.allow ? 1 : 0].join(
        ':',
      ),
    )
    .join('|');

export const redirectedDeviceArguments = (board: Board): string[] =>
  board.spec.redirectedDevices.flatMap(({ name, backend }) => {
    const id = `redirected-${name}`;
    const filter = board.spec.redirectionFilter;
    const bootindex = bootIndexes(board.spec).get(`redirected/${name}`);
    return [
      ...chardevArguments(`${id}-char`, { backend, spiceName: 'usbredir', dbusName: 'org.qemu.usbredir' }),
      ...device({
        driver: 'usb-redir',
        chardev: `${id}-char`,
        id,
        ...(filter && { filter: filterOf(filter) }),
        ...usbPlace(board, id),
        ...(bootindex && { bootindex }),
      }),
    ];
  });
