using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// What one loop tells another of the stations that it hears: who it is and behind which port. One writer, one reader,
/// neither waits; what does not fit is lost and told again later. In native memory.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct StationRing
{
    private const int Entries = 256;

    [FieldOffset(0)]
    private int _written;

    [FieldOffset(128)]
    private int _read;

    [FieldOffset(256)]
    private Slots _slots;

    /// <summary>Tells of the sender of a packet. The writer.</summary>
    public void Tell(in ParsedPacket packet, int port)
    {
        int written = _written;
        if (unchecked(written - Volatile.Read(ref _read)) >= Entries)
        {
            return;
        }

        _slots[written & (Entries - 1)] = new Notice
        {
            SrcAddr = packet.Key.SrcAddr,
            SrcMac = packet.SrcMac,
            ClaimedAddr = packet.ClaimedAddr,
            ClaimedMac = packet.ClaimedMac,
            ClaimsAddr = packet.ClaimsAddr,
            Port = port,
            VlanId = packet.VlanId,
            IpVersion = packet.Key.IpVersion,
            Status = packet.Status,
        };
        Volatile.Write(ref _written, unchecked(written + 1));
    }

    /// <summary>The next notice as the packet that it is about, without what only that packet's decision needs. The reader.</summary>
    public bool TryHear(out ParsedPacket packet, out int port)
    {
        packet = default;
        port = 0;
        int read = _read;
        if (read == Volatile.Read(ref _written))
        {
            return false;
        }

        ref Notice notice = ref _slots[read & (Entries - 1)];
        packet.Key.SrcAddr = notice.SrcAddr;
        packet.Key.IpVersion = notice.IpVersion;
        packet.SrcMac = notice.SrcMac;
        packet.ClaimedAddr = notice.ClaimedAddr;
        packet.ClaimedMac = notice.ClaimedMac;
        packet.ClaimsAddr = notice.ClaimsAddr;
        packet.VlanId = notice.VlanId;
        packet.Status = notice.Status;
        port = notice.Port;
        Volatile.Write(ref _read, unchecked(read + 1));
        return true;
    }

    private struct Notice
    {
        public UInt128 SrcAddr;
        public ulong SrcMac;
        public UInt128 ClaimedAddr;
        public ulong ClaimedMac;
        public int Port;
        public ushort VlanId;
        public byte IpVersion;
        public ParseStatus Status;
        public bool ClaimsAddr;
    }

    [System.Runtime.CompilerServices.InlineArray(Entries)]
    private struct Slots
    {
        private Notice _first;
    }
}
