import { alias, aside } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import { wordOf } from '../values/words.ts';
import { placement } from './address.ts';

const NO_CLIENT = 'displays are not reached by a SPICE client, so no USB device comes from there';

export const redirdev = aside({
  attributes: { bus: ignored(NO_CLIENT, wordOf('usb')), type: ignored(NO_CLIENT, wordOf('spicevmc')) },
  children: { alias, address: placement('usb') },
});
