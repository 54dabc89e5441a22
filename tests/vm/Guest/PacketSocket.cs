using System.ComponentModel;
using System.Runtime.InteropServices;

namespace NetPolNic.VmGuest;

/// <summary>Raw frames on one interface, from the kernel's side (packet(7)). What this machine sends is not received.</summary>
internal sealed unsafe partial class PacketSocket : IDisposable
{
    private const int AfPacket = 17;
    private const int SockRaw = 3;
    private const int SolSocket = 1;
    private const int SoReceiveBufferForce = 33;
    private const int SolPacket = 263;
    private const int PacketIgnoreOutgoing = 23;
    private const int MsgDontWait = 0x40;
    private const int Enobufs = 105;
    private const int Eagain = 11;
    private const ushort EveryProtocolBe = 0x0300;
    private const int ReceiveBufferBytes = 32 << 20;
    private const int MaxFrameBytes = 2048;

    private readonly int _socket;
    private readonly byte[] _frame = new byte[MaxFrameBytes];

    public PacketSocket(string name)
    {
        // By a system call: /sys may show another network namespace.
        int index = (int)if_nametoindex(name);
        Checked(index == 0 ? -1 : 0, name);
        _socket = Checked(socket(AfPacket, SockRaw, EveryProtocolBe), "socket");
        int one = 1;
        Checked(setsockopt(_socket, SolPacket, PacketIgnoreOutgoing, &one, sizeof(int)), "PACKET_IGNORE_OUTGOING");
        int bytes = ReceiveBufferBytes;
        Checked(setsockopt(_socket, SolSocket, SoReceiveBufferForce, &bytes, sizeof(int)), "SO_RCVBUFFORCE");
        SockAddrLl address = new()
        {
            Family = AfPacket,
            ProtocolBe = EveryProtocolBe,
            InterfaceIndex = index,
        };
        Checked(bind(_socket, &address, sizeof(SockAddrLl)), "bind");
    }

    /// <summary>Sends a frame through the interface's qdisc. A frame that its rules drop counts as sent.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
        {
            if (send(_socket, bytes, (nuint)frame.Length, 0) < 0 && Marshal.GetLastPInvokeError() is not Enobufs)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError(), "send");
            }
        }
    }

    /// <summary>The next frame that came in, or an empty one where none is waiting; valid until the next call.</summary>
    public ReadOnlySpan<byte> Receive()
    {
        fixed (byte* bytes = _frame)
        {
            nint length = recv(_socket, bytes, MaxFrameBytes, MsgDontWait);
            int errno = Marshal.GetLastPInvokeError();
            return length >= 0 ? _frame.AsSpan(0, (int)length)
                : errno == Eagain ? [] : throw new Win32Exception(errno, "recv");
        }
    }

    public void Dispose() => _ = close(_socket);

    private static int Checked(int result, string what) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), what);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint if_nametoindex(string name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int socket, int level, int option, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int socket, SockAddrLl* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial int close(int socket);

    [StructLayout(LayoutKind.Sequential)]
    private struct SockAddrLl
    {
        public ushort Family;
        public ushort ProtocolBe;
        public int InterfaceIndex;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressLength;
        public ulong Address;
    }
}
