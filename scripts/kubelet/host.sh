#!/bin/sh
# `host.sh FOLDER CMD…`: as the first process of new namespaces, makes what looks like a host of its own to a container
# runtime and a kubelet, runs CMD there, and takes in the children of those that end, as an init does.
# All that it mounts and sets goes with its namespaces; the rest is in FOLDER.
set -e
folder=$1
shift
mount --make-rprivate /

# An address that is not the loopback's, since a kubelet takes no other, and a way out that leads nowhere.
ip link set lo up
ip link add node0 type veth peer name beyond0
ip address add 198.18.0.1/24 dev node0
ip link set node0 up
ip link set beyond0 up
ip route add default via 198.18.0.254

# Whatever is written to /var stays in the folder; an overlay cannot hold another one, so what has some lies beside it.
mkdir -p "$folder/var" "$folder/work"
mount -t overlay overlay -o "lowerdir=/var,upperdir=$folder/var,workdir=$folder/work" /var
for name in kubelet containerd vmctl; do
  mkdir -p "$folder/$name" "/var/lib/$name"
  mount --bind "$folder/$name" "/var/lib/$name"
done
mount -t tmpfs -o mode=755 tmpfs /run

# Below the groups that we were put into, which are the roots here.
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
while IFS=: read -r _ controllers _; do
  case $controllers in
    '') continue ;;
    name=*) options="none,$controllers" name=${controllers#name=} ;;
    *) options=$controllers name=$controllers ;;
  esac
  mkdir "/sys/fs/cgroup/$name"
  mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name"
  case $name in *,*) for one in $(echo "$name" | tr , ' '); do ln -s "$name" "/sys/fs/cgroup/$one"; done ;; esac
done </proc/self/cgroup

# A kubelet sets these for the whole machine, which is not its own here.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$folder/$(echo "${setting%=*}" | tr / -)
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

"$@" &
# `wait` takes in every child, also those that became ours.
wait $! && code=0 || code=$?
exit "$code"
