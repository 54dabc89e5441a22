using CsCheck;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Parsing;

/// <summary>
/// Random and mutated frames that end at an inaccessible page: whoever reads behind the frame is killed.
/// </summary>
public sealed unsafe class ParserFuzzTests
{
    private const int Frames = 400_000;

    private static readonly byte[][] s_seeds =
    [
        FrameBuilder.Ip("10.0.0.1", "10.0.0.2").Vlan(7).Options(12).Tcp(1, 2).Build(),
        FrameBuilder.Ip("10.0.0.1", "10.0.0.2").Vlan(7, 0x88a8).Vlan(8).Udp(1, 2).Build(),
        FrameBuilder.Ip("10.0.0.1", "10.0.0.2").Fragment(9, 0, true).Sctp(1, 2).Build(),
        FrameBuilder.Ip("10.0.0.1", "10.0.0.2").Icmp(
            3, body: FrameBuilder.Ip("10.0.0.2", "10.0.0.1").Options(8).Tcp(1, 2).BuildIp()).Build(),
        FrameBuilder.Ip("fd00::1", "fd00::2").Extension(0).Extension(60, 2).Extension(43).Extension(51, 6)
            .Tcp(1, 2).Build(),
        FrameBuilder.Ip("fd00::1", "fd00::2").Extension(60).Fragment(9, 0, true).Udp(1, 2).Build(),
        FrameBuilder.Ip("fd00::1", "fd00::2").Icmp(
            1,
            body: FrameBuilder.Ip("fd00::2", "fd00::1").Extension(0).Fragment(9, 0, true).Udp(1, 2).BuildIp()).Build(),
        FrameBuilder.Arp("10.0.0.1", "10.0.0.2"),
    ];

    [Fact]
    public void Random_and_mutated_frames_never_make_the_parser_read_behind_the_frame()
    {
        using GuardedBuffer buffer = new();
        int[] seen = new int[Enum.GetValues<ParseStatus>().Length];
        PCG pcg = new(1);
        byte[] scratch = new byte[256];
        for (int i = 0; i < Frames; i++)
        {
            int length = Next(pcg, i, scratch);
            seen[(int)PacketParser.Parse(buffer.Place(scratch.AsSpan(0, length)), length, out _)]++;
        }

        Assert.All(seen[..(int)ParseStatus.Scattered], count => Assert.True(count > 0));
    }

    private static int Next(PCG pcg, int round, byte[] frame)
    {
        if (round % 8 == 0)
        {
            int length = (int)pcg.Next(129);
            for (int i = 0; i < length; i++)
            {
                frame[i] = (byte)pcg.Next(256);
            }

            return length;
        }

        byte[] seed = s_seeds[pcg.Next((uint)s_seeds.Length)];
        seed.CopyTo(frame, 0);
        for (uint flips = pcg.Next(6); flips > 0; flips--)
        {
            frame[pcg.Next((uint)seed.Length)] = (byte)pcg.Next(256);
        }

        return pcg.Next(2) == 0 ? seed.Length : (int)pcg.Next((uint)seed.Length + 1);
    }
}
