using System.Globalization;
using System.Text.RegularExpressions;
using Emunic.Tests.Support;
using static Emunic.Tests.Support.Frame;

namespace Emunic.Tests;

/// <summary>Several rx queues: rules choose one, the hash spreads the rest and keeps a connection together.</summary>
public sealed partial class QueueTests
{
    private const int Connections = 32;

    private static byte[] Numbered(byte kind, int number, byte[] frame)
    {
        byte[] copy = [.. frame];
        copy[0] = 2;
        copy[4] = kind;
        copy[5] = (byte)number;
        return copy;
    }

    [Fact]
    public void Steers_by_rule_and_hash_when_there_are_several_queues()
    {
        List<byte[]> frames = [];
        for (int i = 0; i < Connections; i++)
        {
            ushort client = (ushort)(40000 + i);
            frames.Add(Numbered(1, i, V4("10.0.0.1", "10.0.0.2", 6, Tcp(client, 443))));
            frames.Add(Numbered(2, i, V4("10.0.0.2", "10.0.0.1", 6, Tcp(443, client))));
            frames.Add(Numbered(3, i, V6("fd00::1", "fd00::2", 17, Udp(client, 53))));
            frames.Add(Numbered(4, i, V6("fd00::2", "fd00::1", 17, Udp(53, client))));
            frames.Add(Numbered(5, i, V4("10.0.0.3", "10.0.0.4", 6, Tcp(client, 80))));
            frames.Add(Numbered(6, i, V4("10.0.0.5", "10.0.0.6", 6, Tcp(client, 80))));
            frames.Add(Numbered(7, i, V4("10.0.0.7", "10.0.0.8", 6, Tcp(client, 80))));
        }

        Traffic traffic = Traffic.Run(
            "",
            [
                "flow create 1 ingress pattern eth / ipv4 src is 10.0.0.3 / end actions queue index 2 / end",
                "flow create 1 ingress pattern eth / ipv4 src is 10.0.0.5 / end actions rss queues 1 3 end / end",
                "flow create 1 ingress pattern eth / ipv4 src is 10.0.0.7 / end actions drop / end",
                "flow create 1 ingress pattern eth / ipv4 src is 10.0.0.8 / end actions queue index 4 / end",
                "set verbose 1",
            ],
            frames, "--rxq=4", "--txq=4");

        Dictionary<(int Kind, int Number), int> queues = [];
        foreach (Match match in Received().Matches(traffic.Transcript))
        {
            (int, int) key = (Hex(match.Groups[1].Value), Hex(match.Groups[2].Value));
            queues.Add(key, Hex(match.Groups[3].Value));
        }

        Assert.Contains(
            "queue 4: the port has 4 rx queues: Invalid argument", traffic.Transcript, StringComparison.Ordinal);
        Assert.Equal(6 * Connections, queues.Count);
        Assert.Equal(6 * Connections, traffic.Passed.Count);
        Assert.Equal([0, 1, 2, 3], queues.Where(q => q.Key.Kind == 1).Select(q => q.Value).Distinct().Order());
        Assert.Equal([2], queues.Where(q => q.Key.Kind == 5).Select(q => q.Value).Distinct());
        Assert.Equal([1, 3], queues.Where(q => q.Key.Kind == 6).Select(q => q.Value).Distinct().Order());
        for (int i = 0; i < Connections; i++)
        {
            Assert.Equal(queues[(1, i)], queues[(2, i)]);
            Assert.Equal(queues[(3, i)], queues[(4, i)]);
        }
    }

    [Fact]
    public void Keeps_rules_and_packets_whole_when_rules_change_under_two_polling_threads()
    {
        using TestpmdSession session = new(
            ["net_null0,size=64", "net_emunic0,backend=net_null0"],
            ["--lcores=(0-2)@(0-" + (Environment.ProcessorCount - 1).ToString(CultureInfo.InvariantCulture) + ")"],
            ["--rxq=2", "--txq=2", "--nb-cores=2", "--forward-mode=rxonly"]);
        session.Run(
            ["flow create 1 ingress priority 9 pattern eth / end actions count / rss queues 0 1 end / end", "start"]);
        for (int round = 0; round < 20; round++)
        {
            IReadOnlyList<string> created = session.Run(
            [
                .. Enumerable.Range(0, 50).Select(i =>
                    $"flow create 1 priority {i % 8} ingress pattern eth type is {i + 1} / end actions drop / end"),
                "flow create 1 priority 8 ingress pattern eth / end actions count / jump group 1 / end",
                "flow create 1 group 1 ingress pattern eth / end actions queue index 1 / end",
            ]);
            Assert.All(created, answer => Assert.Contains("created", answer, StringComparison.Ordinal));
            IReadOnlyList<string> destroyed = session.Run(
                [.. Enumerable.Range(1, 52).Select(i => $"flow destroy 1 rule {53 - i}")]);
            Assert.All(destroyed, answer => Assert.Contains("destroyed", answer, StringComparison.Ordinal));
        }

        long seen = session.ReadXstat(1, "emunic_rx_total");
        session.WaitForPackets(1, seen + 1000);
        Assert.Equal(1, session.ReadXstat(1, "emunic_rules"));
        Assert.Equal(0, session.ReadXstat(1, "emunic_rx_dropped_by_rule"));
        session.RunAmidOutput("stop");
        session.Quit();
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"dst=02:00:00:00:([0-9A-F]{2}):([0-9A-F]{2}) .*Receive queue=0x([0-9a-f]+)")]
    private static partial Regex Received();
}
