using System.Net;
using System.Net.NetworkInformation;
using CsCheck;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Tests.Rig;
using PacketDotNet;

namespace NetPolNic.Fallback.Tests.Parsing;

/// <summary>Frames of an independent library are read as they were meant.</summary>
public sealed unsafe class PacketDotNetTests
{
    private static readonly Gen<(byte[] Src, byte[] Dst)> s_addresses = Gen.OneOf(
        Gen.Select(Gen.Byte.Array[4], Gen.Byte.Array[4]),
        Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16]));

    [Fact]
    public void Reads_frames_that_another_library_wrote() => Gen
        .Select(s_addresses, Gen.UShort, Gen.UShort, Gen.Bool, Gen.Int[0, 2], Gen.Int[0, 200])
        .Sample((addresses, srcL4Port, dstL4Port, isTcp, vlans, payload) =>
        {
            Packet l4 = isTcp
                ? new TcpPacket(srcL4Port, dstL4Port) { Synchronize = true, PayloadData = new byte[payload] }
                : new UdpPacket(srcL4Port, dstL4Port) { PayloadData = new byte[payload] };
            IPAddress src = new(addresses.Src);
            IPAddress dst = new(addresses.Dst);
            IPPacket ip = addresses.Src.Length == 4 ? new IPv4Packet(src, dst) : new IPv6Packet(src, dst);
            ip.PayloadPacket = l4;
            byte[] frame = Wrap(ip, vlans).Bytes;

            using GuardedBuffer buffer = new(4096);
            PacketParser.Parse(buffer.Place(frame), frame.Length, out ParsedPacket packet);
            Assert.Equal(ParseStatus.Ip, packet.Status);
            Assert.Equal(isTcp ? L4Kind.TcpSyn : L4Kind.Other, packet.L4);
            Assert.Equal((srcL4Port, dstL4Port), (packet.Key.SrcL4Port, packet.Key.DstL4Port));
            Assert.Equal(isTcp ? 6 : 17, packet.Key.IpProto);
            Assert.Equal(src, AddressOf(packet.Key.IpVersion, packet.Key.SrcAddr));
            Assert.Equal(dst, AddressOf(packet.Key.IpVersion, packet.Key.DstAddr));
            Assert.Equal(0x0a0b0c0d0e0fUL, packet.SrcMac);
            Assert.Equal(vlans > 0 ? 100 : 0, packet.VlanId);
        });

    private static EthernetPacket Wrap(IPPacket ip, int vlans)
    {
        EthernetType type = ip is IPv4Packet ? EthernetType.IPv4 : EthernetType.IPv6;
        Packet inner = ip;
        for (int i = vlans; i > 0; i--)
        {
            inner = new Ieee8021QPacket(new PacketDotNet.Utils.ByteArraySegment(new byte[4]))
            {
                VlanIdentifier = (ushort)(99 + i),
                PayloadPacket = inner,
                Type = type, // Last: it decides how the library would parse a payload that is still missing.
            };
            type = EthernetType.VLanTaggedFrame;
        }

        return new EthernetPacket(PhysicalAddress.Parse("0A0B0C0D0E0F"), PhysicalAddress.Parse("020000000001"), type)
        {
            PayloadPacket = inner,
        };
    }

    private static IPAddress AddressOf(byte ipVersion, UInt128 addr)
    {
        byte[] bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, addr);
        return new IPAddress(ipVersion == 4 ? bytes[12..] : bytes);
    }
}
