using System.Buffers.Binary;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>Builds Ethernet frames field by field, broken ones too. Independent of the parser.</summary>
internal sealed class FrameBuilder
{
    private readonly List<(ushort Tpid, ushort Tci)> _vlans = [];
    private readonly List<(byte Type, byte[] Body)> _extensions = [];
    private IpAddr _src;
    private IpAddr _dst;
    private byte[] _options = [];
    private byte _ipProto = 253;
    private byte[] _l4 = [];
    private ulong _dstMac = 0x02_00_00_00_00_02;
    private ulong _srcMac = 0x02_00_00_00_00_01;
    private (uint Id, int Offset, bool More)? _fragment;
    private int _lengthDelta;
    private int? _ihl;
    private int? _truncateTo;
    private int _padding;
    private ushort? _etherType;

    public static FrameBuilder Ip(string src, string dst) => Ip(IpAddr.Parse(src), IpAddr.Parse(dst));

    public static FrameBuilder Ip(IpAddr src, IpAddr dst) => new() { _src = src, _dst = dst };

    public static byte[] Arp(string sender, string target, ulong srcMac = 0x02_00_00_00_00_01)
    {
        byte[] frame = new byte[14 + 28];
        WriteMac(frame, 0xffffffffffff);
        WriteMac(frame.AsSpan(6), srcMac);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0806);
        Span<byte> arp = frame.AsSpan(14);
        new byte[] { 0, 1, 8, 0, 6, 4, 0, 1 }.CopyTo(arp);
        WriteMac(arp[8..], srcMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], (uint)IpAddr.Parse(sender).Value);
        BinaryPrimitives.WriteUInt32BigEndian(arp[24..], (uint)IpAddr.Parse(target).Value);
        return frame;
    }

    public FrameBuilder Macs(ulong src, ulong dst)
    {
        (_srcMac, _dstMac) = (src, dst);
        return this;
    }

    public FrameBuilder Vlan(ushort id, ushort tpid = 0x8100)
    {
        _vlans.Add((tpid, id));
        return this;
    }

    public FrameBuilder Options(int bytes)
    {
        _options = [.. Enumerable.Repeat((byte)1, bytes)];
        return this;
    }

    /// <summary>Adds an extension header of <paramref name="units"/> 8-byte units (AH: 4-byte words).</summary>
    public FrameBuilder Extension(byte type, int units = 1)
    {
        byte[] body = new byte[type == 51 ? units * 4 : units * 8];
        body[1] = (byte)(type == 51 ? units - 2 : units - 1);
        _extensions.Add((type, body));
        return this;
    }

    public FrameBuilder ExtensionRaw(byte type, byte[] body)
    {
        _extensions.Add((type, body));
        return this;
    }

    /// <summary>Offset in 8-byte units.</summary>
    public FrameBuilder Fragment(uint id, int offset, bool more)
    {
        _fragment = (id, offset, more);
        return this;
    }

    public FrameBuilder LengthDelta(int delta)
    {
        _lengthDelta = delta;
        return this;
    }

    public FrameBuilder Ihl(int words)
    {
        _ihl = words;
        return this;
    }

    public FrameBuilder TruncateTo(int bytes)
    {
        _truncateTo = bytes;
        return this;
    }

    public FrameBuilder Pad(int bytes)
    {
        _padding = bytes;
        return this;
    }

    public FrameBuilder EtherType(ushort etherType)
    {
        _etherType = etherType;
        return this;
    }

    public FrameBuilder Tcp(int srcL4Port, int dstL4Port, byte flags = 0x02, int dataOffset = 5, int payload = 0)
    {
        _l4 = new byte[20 + payload];
        WritePorts(srcL4Port, dstL4Port);
        _l4[12] = (byte)(dataOffset << 4);
        _l4[13] = flags;
        _ipProto = 6;
        return this;
    }

    /// <summary>TCP with numbers and, where there is one, a window scale option.</summary>
    public FrameBuilder TcpAt(
        int srcL4Port, int dstL4Port, byte flags, uint seq, uint ack, ushort window = 1000, int? scale = null, int payload = 0)
    {
        byte[] options = scale is { } shift ? [3, 3, (byte)shift, 0] : [];
        Tcp(srcL4Port, dstL4Port, flags, 5 + (options.Length / 4), options.Length + payload);
        BinaryPrimitives.WriteUInt32BigEndian(_l4.AsSpan(4), seq);
        BinaryPrimitives.WriteUInt32BigEndian(_l4.AsSpan(8), ack);
        BinaryPrimitives.WriteUInt16BigEndian(_l4.AsSpan(14), window);
        options.CopyTo(_l4, 20);
        return this;
    }

    public FrameBuilder Udp(int srcL4Port, int dstL4Port, int payload = 4, int? length = null)
    {
        _l4 = new byte[8 + payload];
        WritePorts(srcL4Port, dstL4Port);
        BinaryPrimitives.WriteUInt16BigEndian(_l4.AsSpan(4), (ushort)(length ?? _l4.Length));
        _ipProto = 17;
        return this;
    }

    public FrameBuilder Sctp(int srcL4Port, int dstL4Port)
    {
        _l4 = new byte[12];
        WritePorts(srcL4Port, dstL4Port);
        _ipProto = 132;
        return this;
    }

    public FrameBuilder Icmp(byte type, ushort id = 0, byte[]? body = null)
    {
        _l4 = [type, 0, 0, 0, (byte)(id >> 8), (byte)id, 0, 0, .. body ?? []];
        _ipProto = (byte)(_src.Family == IpFamily.V4 ? 1 : 58);
        return this;
    }

    public FrameBuilder Raw(byte ipProto, byte[] l4)
    {
        (_ipProto, _l4) = (ipProto, l4);
        return this;
    }

    /// <summary>The IP packet alone, as an ICMP error would quote it.</summary>
    public byte[] BuildIp() => _src.Family == IpFamily.V4 ? BuildV4() : BuildV6();

    public byte[] Build()
    {
        byte[] ip = BuildIp();
        byte[] head = new byte[14 + (4 * _vlans.Count)];
        WriteMac(head, _dstMac);
        WriteMac(head.AsSpan(6), _srcMac);
        int at = 12;
        foreach ((ushort tpid, ushort tci) in _vlans)
        {
            BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(at), tpid);
            BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(at + 2), tci);
            at += 4;
        }

        ushort etherType = _etherType ?? (ushort)(_src.Family == IpFamily.V4 ? 0x0800 : 0x86dd);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(at), etherType);
        byte[] frame = [.. head, .. ip, .. new byte[_padding]];
        return _truncateTo is { } length ? frame[..length] : frame;
    }

    private byte[] BuildV4()
    {
        int headerBytes = 20 + _options.Length;
        byte[] ip = [.. new byte[20], .. _options, .. _l4];
        ip[0] = (byte)(0x40 | (_ihl ?? headerBytes / 4));
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(ip.Length + _lengthDelta));
        if (_fragment is { } fragment)
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)fragment.Id);
            ushort field = (ushort)((fragment.More ? 0x2000 : 0) | fragment.Offset);
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(6), field);
        }

        ip[8] = 64;
        ip[9] = _ipProto;
        BinaryPrimitives.WriteUInt32BigEndian(ip.AsSpan(12), (uint)_src.Value);
        BinaryPrimitives.WriteUInt32BigEndian(ip.AsSpan(16), (uint)_dst.Value);
        return ip;
    }

    private byte[] BuildV6()
    {
        if (_fragment is { } fragment)
        {
            byte[] header = new byte[8];
            BinaryPrimitives.WriteUInt16BigEndian(
                header.AsSpan(2), (ushort)((fragment.Offset << 3) | (fragment.More ? 1 : 0)));
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), fragment.Id);
            _extensions.Add((44, header));
        }

        List<byte> payload = [];
        for (int i = 0; i < _extensions.Count; i++)
        {
            byte[] body = [.. _extensions[i].Body];
            body[0] = i + 1 < _extensions.Count ? _extensions[i + 1].Type : _ipProto;
            payload.AddRange(body);
        }

        payload.AddRange(_l4);
        byte[] ip = [.. new byte[40], .. payload];
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)(payload.Count + _lengthDelta));
        ip[6] = _extensions.Count > 0 ? _extensions[0].Type : _ipProto;
        ip[7] = 64;
        BinaryPrimitives.WriteUInt128BigEndian(ip.AsSpan(8), _src.Value);
        BinaryPrimitives.WriteUInt128BigEndian(ip.AsSpan(24), _dst.Value);
        return ip;
    }

    private static void WriteMac(Span<byte> at, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)(mac & uint.MaxValue));
    }

    private void WritePorts(int srcL4Port, int dstL4Port)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_l4, (ushort)srcL4Port);
        BinaryPrimitives.WriteUInt16BigEndian(_l4.AsSpan(2), (ushort)dstL4Port);
    }
}
