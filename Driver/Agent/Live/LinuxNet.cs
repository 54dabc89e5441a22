using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace NetPolNic.Agent.Live;

/// <summary>The few system calls of Linux networking that .NET has no face for. They concern the calling thread's namespace.</summary>
internal static unsafe partial class LinuxNet
{
    private const int CloneNewNet = 0x40000000;
    private const uint SiocEthtool = 0x8946;
    private const uint GetTxChecksum = 0x16;
    private const int NotSupported = 95;

    // ETHTOOL_STXCSUM, STSO, SGSO, SGRO, SSG: what would let a frame leave without checksum, or larger than the MTU.
    private static readonly uint[] s_setOffloads = [0x17, 0x1f, 0x24, 0x2c, 0x19];

    /// <summary>Puts the calling thread into a new network namespace; other threads stay where they are.</summary>
    /// <exception cref="Win32Exception">Not root, or a kernel without namespaces.</exception>
    public static void EnterNewNamespace()
    {
        if (unshare(CloneNewNet) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>
    /// Has the kernel write every checksum itself and send no frame larger than the MTU: what leaves an interface is then
    /// what a wire would carry, and the receiver's kernel verifies it.
    /// </summary>
    /// <param name="device">Name of an interface in the calling thread's namespace.</param>
    /// <exception cref="Win32Exception">Checksums cannot be switched to software there.</exception>
    public static void SendAsOnAWire(string device)
    {
        using SafeHandle handle = OpenDatagramSocket();
        foreach (uint command in s_setOffloads)
        {
            uint value = 0;
            int errno = Ethtool(handle, device, command, ref value);
            if (errno is not 0 and not NotSupported)
            {
                throw new Win32Exception(errno);
            }
        }

        uint checksums = 1;
        int failure = Ethtool(handle, device, GetTxChecksum, ref checksums);
        if (failure != 0 || checksums != 0)
        {
            throw new Win32Exception(failure, $"{device} keeps its checksum offload");
        }
    }

    /// <summary>A stream socket of SCTP; null where the kernel has none.</summary>
    /// <param name="v6">IPv6 instead of IPv4.</param>
    public static System.Net.Sockets.Socket? OpenSctp(bool v6)
    {
        const int StreamCloseOnExec = 1 | 0x80000;
        const int Sctp = 132;
        int fd = socket(v6 ? 10 : 2, StreamCloseOnExec, Sctp);
        return fd < 0
            ? null
            : new System.Net.Sockets.Socket(new System.Net.Sockets.SafeSocketHandle(fd, ownsHandle: true));
    }

    private static System.Net.Sockets.SafeSocketHandle OpenDatagramSocket() => new System.Net.Sockets.Socket(
        System.Net.Sockets.AddressFamily.InterNetwork,
        System.Net.Sockets.SocketType.Dgram,
        System.Net.Sockets.ProtocolType.Udp).SafeHandle;

    private static int Ethtool(SafeHandle handle, string device, uint command, ref uint value)
    {
        // struct ifreq: 16 bytes of name, then a pointer to struct ethtool_value { command, data }.
        const int IfreqBytes = 40;
        const int NameBytes = 16;
        byte* request = stackalloc byte[IfreqBytes];
        new Span<byte>(request, IfreqBytes).Clear();
        Encoding.ASCII.GetBytes(device.AsSpan(0, Math.Min(device.Length, NameBytes - 1)), new Span<byte>(request, NameBytes));
        uint* argument = stackalloc uint[2] { command, value };
        *(uint**)(request + NameBytes) = argument;
        int result = ioctl((int)handle.DangerousGetHandle(), SiocEthtool, request);
        value = argument[1];
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);
}
