package main

import (
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Report is what one process can see and do. Its fields are the JSON that the harness reads.
type Report struct {
	Capabilities map[string]string `json:"capabilities"`
	UID          int               `json:"uid"`
	GID          int               `json:"gid"`
	NoNewPrivs   bool              `json:"noNewPrivileges"`
	Seccomp      string            `json:"seccomp"`
	RawSocket    string            `json:"rawSocket"`
	PacketSocket string            `json:"packetSocket"`
	Interfaces   []string          `json:"interfaces"`
	Processes    int               `json:"processes"`
	Init         string            `json:"init"`
	Hostname     string            `json:"hostname"`
	Namespaces   map[string]string `json:"namespaces"`
	Sysctls      bool              `json:"writesSysctls"`
}

func observe() Report {
	status := readStatus()
	hostname, _ := os.Hostname()
	return Report{
		Capabilities: map[string]string{
			"inheritable": status["CapInh"],
			"permitted":   status["CapPrm"],
			"effective":   status["CapEff"],
			"bounding":    status["CapBnd"],
			"ambient":     status["CapAmb"],
		},
		UID:          os.Geteuid(),
		GID:          os.Getegid(),
		NoNewPrivs:   status["NoNewPrivs"] == "1",
		Seccomp:      status["Seccomp"],
		RawSocket:    tryOpen(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP),
		PacketSocket: tryOpen(syscall.AF_PACKET, syscall.SOCK_RAW, 0),
		Interfaces:   interfaceNames(),
		Processes:    countProcesses(),
		Init:         processName(1),
		Hostname:     hostname,
		Namespaces:   map[string]string{"net": namespace("net"), "pid": namespace("pid"), "ipc": namespace("ipc")},
		Sysctls:      isWritable("/proc/sys"),
	}
}

// namespace tells the identity of a namespace of this process, such as "net:[4026531840]".
func namespace(kind string) string {
	identity, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		fail(err.Error())
	}
	return identity
}

// isWritable asks for the flag of the mount at a path: runtimes mount /proc/sys read-only in every container but a
// privileged one. (/sys would not tell: containers of one network share its superblock, and the first one makes it
// read-only.)
func isWritable(mount string) bool {
	var status syscall.Statfs_t
	if err := syscall.Statfs(mount, &status); err != nil {
		fail(err.Error())
	}
	const readOnly = 1
	return status.Flags&readOnly == 0
}

// tryOpen says "opens", or the kernel's error: EPERM is the capability check's answer.
func tryOpen(domain, kind, protocol int) string {
	socket, err := syscall.Socket(domain, kind, protocol)
	if err != nil {
		return err.Error()
	}
	_ = syscall.Close(socket)
	return "opens"
}

func readStatus() map[string]string {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail(err.Error())
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if name, value, found := strings.Cut(line, ":"); found {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields
}

func interfaceNames() []string {
	names := []string{}
	interfaces, err := net.Interfaces()
	if err != nil {
		fail(err.Error())
	}
	for _, each := range interfaces {
		names = append(names, each.Name)
	}
	return names
}

func countProcesses() int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		fail(err.Error())
	}
	count := 0
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err == nil {
			count++
		}
	}
	return count
}

func processName(pid int) string {
	name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}
