import * as z from 'zod';
import { address } from '../address.ts';
import { named } from './named.ts';

/** A USB hub with eight ports. */
export const hub = z.object({ ...named, address: address('usb') });
