/** Places of a machine's libvirt XML that were kept without effect, a line for each: the executor makes a condition of them. */
export const LIBVIRT_UNSUPPORTED = 'vmctl.dev/libvirt-unsupported';
