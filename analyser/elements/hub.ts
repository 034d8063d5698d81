import { alias, aside } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import { wordOf } from '../values/words.ts';
import { placement } from './address.ts';

const PORTS = 'the USB controller that devices bring along has ports enough';

export const hub = aside({
  attributes: { type: ignored(PORTS, wordOf('usb')) },
  children: { alias, address: placement('usb') },
});
