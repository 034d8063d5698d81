/**
 * On a machine that the scheduler placed: the node on which its reservation is, or `Released` once the machine was stopped and
 * gave it back. A machine without it was bound by a person, and has no reservation.
 */
export const RESERVATION = 'vmctl.dev/reservation';
export const RELEASED = 'Released';

/**
 * The node that a person bound a machine to and that has it now, until its status says so: written together with the finalizer, which
 * saves a write of the status at each first start.
 */
export const HOLDER = 'vmctl.dev/holder';

/** The node that keeps a part of a machine which no pool holds: its firmware's variables, its TPM. Removed, it starts with new ones. */
export const STATE_NODE = 'vmctl.dev/state-node';

/** Places of a machine's libvirt XML that were kept without effect, a line for each: the executor makes a condition of them. */
export const LIBVIRT_UNSUPPORTED = 'vmctl.dev/libvirt-unsupported';
