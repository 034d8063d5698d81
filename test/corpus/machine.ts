/** A machine of our own making, and the command line that libvirt would print for it. */
export const DOMAIN = `<domain type='kvm'><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory unit='KiB'>1048576</memory>
<vcpu>2</vcpu><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><features><acpi/></features>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='/srv/web.qcow2'/><target dev='vda' bus='virtio'/></disk>
<interface type='network'><mac address='52:54:00:aa:bb:cc'/><source network='default'/><model type='virtio'/></interface></devices></domain>`;

export const ARGS = `LC_ALL=C \\
PATH=/bin \\
/usr/bin/qemu-system-x86_64 \\
-name guest=web,debug-threads=on \\
-S \\
-object '{"qom-type":"secret","id":"masterKey0","format":"raw","file":"/var/lib/libvirt/qemu/domain--1-web/master-key.aes"}' \\
-machine pc-q35-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram,acpi=on \\
-accel kvm \\
-cpu qemu64,vmx=off \\
-m size=1048576k \\
-object '{"qom-type":"memory-backend-ram","id":"pc.ram","size":1073741824}' \\
-smp 2,sockets=2,cores=1,threads=1 \\
-uuid c7a5fdbd-edaf-9455-926a-d65c16db1809 \\
-no-user-config \\
-nodefaults \\
-chardev socket,id=charmonitor,fd=1729,server=on,wait=off \\
-mon chardev=charmonitor,id=monitor,mode=control \\
-rtc base=utc \\
-boot strict=on \\
-object '{"qom-type":"iothread","id":"iothread1"}' \\
-device '{"driver":"pcie-root-port","port":8,"chassis":1,"id":"pci.1","bus":"pcie.0","addr":"0x1"}' \\
-device '{"driver":"virtio-serial-pci","id":"virtio-serial0","bus":"pcie.0","addr":"0x4"}' \\
-blockdev '{"driver":"file","filename":"/srv/web.qcow2","node-name":"libvirt-1-storage","auto-read-only":true,"discard":"unmap","cache":{"direct":true,"no-flush":false}}' \\
-blockdev '{"node-name":"libvirt-1-format","read-only":false,"cache":{"direct":true,"no-flush":false},"driver":"qcow2","file":"libvirt-1-storage"}' \\
-device '{"driver":"virtio-blk-pci","iothread":"iothread1","bus":"pci.1","addr":"0x0","drive":"libvirt-1-format","id":"virtio-disk0","bootindex":1,"write-cache":"on"}' \\
-netdev '{"type":"tap","fd":"3","vhost":true,"vhostfd":"44","id":"hostnet0"}' \\
-device '{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"52:54:00:aa:bb:cc","bus":"pcie.0","addr":"0x2"}' \\
-chardev socket,id=charchannel0,fd=1730,server=on,wait=off \\
-device '{"driver":"virtserialport","bus":"virtio-serial0.0","nr":1,"chardev":"charchannel0","id":"channel0","name":"org.qemu.guest_agent.0"}' \\
-audiodev '{"id":"audio1","driver":"none"}' \\
-global ICH9-LPC.disable_s3=1 \\
-watchdog-action reset \\
-msg timestamp=on
`;

/** The same machine as another program would write it. */
export const AGAIN = [
  ...['-name', 'other', '-nodefaults', '-S', '-uuid', 'C7A5FDBD-EDAF-9455-926A-D65C16DB1809'],
  ...['-machine', 'type=pc-q35-7.2,accel=kvm,usb=no,dump-guest-core=off,memory-backend=ram0,acpi=yes'],
  ...['-cpu', 'qemu64,-vmx', '-m', '1g', '-object', 'memory-backend-ram,id=ram0,size=1073741824'],
  ...[
    '-smp',
    'cpus=2,sockets=2,cores=1,threads=1',
    '-rtc',
    'base=utc',
    '-global',
    'driver=ICH9-LPC,property=disable_s3,value=1',
  ],
  ...['-object', 'iothread,id=io', '-device', 'pcie-root-port,id=port1,port=0x8,chassis=1,bus=pcie.0,addr=1.0'],
  ...['-device', 'virtio-serial-pci,id=vs,bus=pcie.0,addr=4'],
  ...['-blockdev', '{"node-name":"disk","driver":"qcow2","file":"disk-file"}'],
  ...['-blockdev', '{"driver":"file","node-name":"disk-file","filename":"/srv/web.qcow2","cache":{"direct":true}}'],
  ...['-device', 'virtio-blk-pci,iothread=io,drive=disk,bus=port1,addr=0,bootindex=1,write-cache=on'],
  ...['-netdev', 'tap,id=n,ifname=tap0,script=no,downscript=no,vhost=on,vhostfd=10'],
  ...['-device', 'virtio-net-pci,netdev=n,mac=52:54:00:AA:BB:CC,bus=pcie.0,addr=0x2'],
  ...['-chardev', 'socket,id=c,path=/run/vmctl/agent.sock,server=on,wait=off'],
  ...['-device', 'virtserialport,bus=vs.0,nr=1,chardev=c,name=org.qemu.guest_agent.0'],
];
