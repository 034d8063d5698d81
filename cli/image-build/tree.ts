/** A file of the new system; missing content removes what is there. */
export interface TreeFile {
  readonly path: string;
  readonly content?: string;
}

/** Not at Linux's 9600 baud: there qemu's serial port keeps a single key to itself for 4 ms. */
const CONSOLES = 'console=tty0 console=ttyS0,115200';
export const rootArgument = (uuid: string): string => `root=UUID=${uuid}`;
/** What a kernel that is booted directly is told. */
export const commandLine = (uuid: string): string => `${rootArgument(uuid)} ro ${CONSOLES}`;

/** Until the first new kernel's `update-grub` writes its own. */
const grubConfig = (uuid: string): string => `set timeout=0
search --no-floppy --fs-uuid --set=root ${uuid}
linux /vmlinuz ${commandLine(uuid)}
initrd /initrd.img
boot
`;

/** On the UEFI partition, where Debian's signed GRUB looks. */
export const efiGrubConfig = (uuid: string): string => `search.fs_uuid ${uuid} root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
`;

const GRUB_DEFAULTS = `GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="${CONSOLES}"
`;

const CLOUD = `# Where this image finds out who it is; nothing of a network is waited for that no cloud answers on.
datasource_list: [NoCloud, ConfigDrive, None]
# C.UTF-8 is there; others need the package locales.
locale: false
# An RSA key takes an emulated processor half a minute.
ssh_genkeytypes: [ed25519, ecdsa]
# The boot loader is no package's to update.
grub_dpkg: {enabled: false}
system_info:
  network:
    renderers: [netplan, networkd]
`;

/** What is written into a system that mmdebstrap has made, and what of the host it left there is removed. */
export const treeFiles = (uuid: string): TreeFile[] => [
  {
    path: 'etc/fstab',
    content: `UUID=${uuid} / ext4 errors=remount-ro 0 1\nPARTLABEL=efi /boot/efi vfat umask=0077,nofail,x-systemd.automount 0 0\n`,
  },
  { path: 'etc/hostname', content: 'debian\n' },
  { path: 'etc/hosts', content: '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' },
  { path: 'etc/machine-id', content: '' },
  { path: 'etc/default/grub', content: GRUB_DEFAULTS },
  { path: 'etc/cloud/cloud.cfg.d/90_sources.cfg', content: CLOUD },
  // With no source at all the SSH server still gets its keys.
  { path: 'etc/cloud/ds-identify.cfg', content: 'policy: search,found=all,maybe=all,notfound=enabled\n' },
  { path: 'boot/grub/grub.cfg', content: grubConfig(uuid) },
  ...['ecdsa', 'ed25519', 'rsa'].flatMap((type) => [
    { path: `etc/ssh/ssh_host_${type}_key` },
    { path: `etc/ssh/ssh_host_${type}_key.pub` },
  ]),
];

/** What GRUB needs before it can read its own modules. */
const MODULES = [
  ...['biosdisk', 'part_gpt', 'ext2', 'search', 'search_fs_uuid', 'normal', 'configfile', 'linux', 'boot'],
  ...['echo', 'test', 'serial', 'terminal', 'gzio', 'minicmd', 'halt', 'reboot'],
];

/** Commands in the new system, run with its own programs. */
export const TREE_COMMANDS: readonly (readonly string[])[] = [
  ['grub-mkimage', '-O', 'i386-pc', '-o', '/boot/grub/core.img', '-p', '(,gpt1)/boot/grub', ...MODULES],
  ['cp', '-a', '/usr/lib/grub/i386-pc', '/boot/grub/i386-pc'],
  ['mkdir', '-p', '/boot/efi'],
  ['systemctl', 'enable', 'systemd-networkd.service', 'systemd-resolved.service'],
  // It looks after logical volumes, of which there are none.
  ['systemctl', 'disable', 'e2scrub_reap.service', 'e2scrub_all.timer'],
];
