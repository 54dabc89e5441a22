using System.Diagnostics;
using System.Runtime.InteropServices;
using Dpdk.Raw;

namespace Dpdk.Mbuf;

/// <summary>
/// One packet segment (struct rte_mbuf, DPDK 22.11), used as <c>Mbuf*</c> in memory that DPDK owns. Accessors read and
/// write the structure in place; nothing is bounds-checked in Release. Values are host order.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Mbuf
{
    private rte_mbuf _raw;

    /// <summary>First byte of the packet in this segment.</summary>
    public readonly byte* Data => (byte*)_raw.buf_addr + _raw.data_off;

    /// <summary>Bytes of the packet in this segment.</summary>
    public ushort DataLength
    {
        readonly get => _raw.data_len;
        set => _raw.data_len = value;
    }

    /// <summary>Bytes of the packet in all segments; valid in the first one.</summary>
    public uint PacketLength
    {
        readonly get => _raw.pkt_len;
        set => _raw.pkt_len = value;
    }

    /// <summary>Segments of the packet; valid in the first one.</summary>
    public readonly ushort SegmentCount => _raw.nb_segs;

    /// <summary>The next segment, or null.</summary>
    public readonly Mbuf* Next => (Mbuf*)_raw.next;

    /// <summary>Port the packet came in at.</summary>
    public ushort EthPortId
    {
        readonly get => _raw.port;
        set => _raw.port = value;
    }

    /// <summary>RTE_MBUF_F_* flags.</summary>
    public ulong OffloadFlags
    {
        readonly get => _raw.ol_flags;
        set => _raw.ol_flags = value;
    }

    /// <summary>Id of a MARK action (hash.fdir.hi); valid if <see cref="HasMark"/>.</summary>
    public uint FdirId
    {
        readonly get => _raw.hash_fdir_hi;
        set => _raw.hash_fdir_hi = value;
    }

    /// <summary>RSS hash; valid if <see cref="HasRssHash"/>.</summary>
    public readonly uint RssHash => _raw.hash_rss;

    /// <summary>Whether the NIC set an id (RTE_MBUF_F_RX_FDIR_ID).</summary>
    public readonly bool HasMark => (_raw.ol_flags & RteMbufConst.RTE_MBUF_F_RX_FDIR_ID) != 0;

    /// <summary>Whether a rule with MARK or FLAG matched (RTE_MBUF_F_RX_FDIR).</summary>
    public readonly bool HasFlag => (_raw.ol_flags & RteMbufConst.RTE_MBUF_F_RX_FDIR) != 0;

    /// <summary>Whether the RSS hash is set.</summary>
    public readonly bool HasRssHash => (_raw.ol_flags & RteMbufConst.RTE_MBUF_F_RX_RSS_HASH) != 0;

    /// <summary>Stripped VLAN tag; valid by the flags.</summary>
    public readonly ushort VlanTci => _raw.vlan_tci;

    /// <summary>Free bytes before the data.</summary>
    public readonly ushort Headroom => _raw.data_off;

    /// <summary>Free bytes after the data.</summary>
    public readonly ushort Tailroom => unchecked((ushort)(_raw.buf_len - _raw.data_off - _raw.data_len));

    /// <summary>References to this segment.</summary>
    public readonly ushort ReferenceCount => _raw.refcnt;

    /// <summary>The segment's bytes, in place; valid until the mbuf is freed or sent.</summary>
    public readonly Span<byte> Span => new(Data, _raw.data_len);

    /// <summary>Forgets the packet: no data, default headroom, no flags, one segment.</summary>
    public void Reset()
    {
        _raw.next = null;
        _raw.nb_segs = 1;
        _raw.port = RteMbufConst.RTE_MBUF_PORT_INVALID;
        _raw.ol_flags &= RteMbufConst.RTE_MBUF_F_EXTERNAL;
        _raw.packet_type = 0;
        _raw.tx_offload = 0;
        _raw.vlan_tci = 0;
        _raw.vlan_tci_outer = 0;
        _raw.pkt_len = 0;
        _raw.data_len = 0;
        _raw.data_off = Math.Min(RteMbufConst.RTE_PKTMBUF_HEADROOM, _raw.buf_len);
    }

    /// <summary>
    /// Makes this one-segment packet's content a copy of <paramref name="frame"/>, behind the default headroom.
    /// </summary>
    /// <returns>False, with nothing changed but the reset, if it does not fit in one segment.</returns>
    public bool TryWrite(ReadOnlySpan<byte> frame)
    {
        Debug.Assert(_raw.nb_segs == 1, "only the content of a single segment can be replaced");
        Reset();
        if (frame.Length > Tailroom)
        {
            return false;
        }

        frame.CopyTo(new Span<byte>(Data, frame.Length));
        _raw.data_len = (ushort)frame.Length;
        _raw.pkt_len = (uint)frame.Length;
        return true;
    }

    /// <summary>Copies the packet, all segments, to <paramref name="destination"/>.</summary>
    /// <returns>Bytes copied; less than <see cref="PacketLength"/> only if the destination is too small.</returns>
    public readonly int CopyTo(Span<byte> destination)
    {
        int total = Append(in _raw, destination);
        for (rte_mbuf* segment = _raw.next; segment != null; segment = segment->next)
        {
            total += Append(in *segment, destination[total..]);
        }

        return total;
    }

    private static int Append(in rte_mbuf segment, Span<byte> destination)
    {
        int length = Math.Min(segment.data_len, destination.Length);
        new ReadOnlySpan<byte>((byte*)segment.buf_addr + segment.data_off, length).CopyTo(destination);
        return length;
    }
}
