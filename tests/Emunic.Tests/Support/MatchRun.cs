using System.Globalization;
using System.Text.RegularExpressions;

namespace Emunic.Tests.Support;

/// <summary>
/// Runs every case in one testpmd: all rules are created at its prompt, all packets come from capture files through one
/// device per kind, what passes is found in the capture file of the device it is forwarded to.
/// </summary>
internal sealed partial class MatchRun
{
    private readonly Device[] _devices;
    private readonly Dictionary<(string Case, int Probe), Fate> _fates = [];
    private readonly Dictionary<string, string> _refusals = [];
    private readonly Dictionary<string, List<long>> _hits = [];

    public MatchRun(IReadOnlyList<MatchCase> cases, params string[] options)
    {
        _devices = [.. cases.Select(test => test.Device).Distinct().Order()];
        string folder = Path.Combine(Driver.Root, "artifacts/emunic/tests", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            Execute(cases, folder, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Asserts everything about one case.</summary>
    public void Check(MatchCase test)
    {
        Assert.False(_refusals.TryGetValue(test.Name, out string? refusal), refusal);
        string expected = string.Join('\n', test.Probes.Select(p => $"{p.Name}: {p.Expected}"));
        string actual = string.Join('\n', test.Probes.Select((p, i) => $"{p.Name}: {_fates[(test.Name, i)]}"));
        Assert.Equal(expected, actual);
        if (test.Hits is not null)
        {
            Assert.Equal(test.Hits, _hits[test.Name]);
        }
    }

    private static string Arguments(Device device) => device switch
    {
        Device.FragmentsMiss => ",frag_l4=miss",
        Device.NoExtensionHeaders => ",v6ext=none",
        Device.TieWorse => ",quirk=tie_worse",
        Device.PriorityReversed => ",prio_reverse=1",
        Device.Widen => ",masks=ipv4.*:exact+ipv6.*:exact+tcp.*:exact,quirk=widen",
        Device.IgnoreLast => ",masks=tcp.*:any,quirk=ignore_last",
        Device.IgnoreGroup => ",groups=1,quirk=ignore_group",
        Device.IgnoreFragments => ",masks=ipv4.frag:none+ipv6.has_frag:none,quirk=ignore_frag",
        Device.PriorityFlip => ",quirk=prio_flip",
        Device.PriorityIgnore => ",quirk=prio_ignore",
        Device.AckDrop => ",masks=tcp.flags:none,quirk=ack_drop",
        Device.IpOther => ",quirk=ip_other",
        Device.L4FragmentsMiss => ",frag_l4=first,quirk=l4_frag_miss",
        Device.L4ByProto => ",frag_l4=miss,quirk=l4_by_proto",
        Device.Ipv6ProtoLast => ",quirk=v6proto_last",
        _ => "",
    };

    private int EthPort(Device device) => (Array.IndexOf(_devices, device) * 2) + 1;

    private static byte[] Numbered(byte[] frame, int test, int probe, bool inSource)
    {
        byte[] copy = [.. frame];
        byte[] mac = [2, 0, 0, (byte)(test >> 8), (byte)test, (byte)probe];
        mac.CopyTo(copy, inSource ? 6 : 0);
        return copy;
    }

    private string Command(MatchCase test, int number, string rule)
    {
        string[] parts = rule.Split('|', StringSplitOptions.TrimEntries);
        string field = test.NumberInSource ? "src" : "dst";
        string mac = string.Create(CultureInfo.InvariantCulture, $"02:00:00:{number >> 8:x2}:{number & 0xff:x2}:00");
        Assert.StartsWith("eth", parts[1], StringComparison.Ordinal);
        return $"flow create {EthPort(test.Device)} {parts[0]} ingress pattern eth {field} spec {mac} {field} mask " +
            $"ff:ff:ff:ff:ff:00{parts[1][3..]} / end actions {parts[2]} / end";
    }

    private void Execute(IReadOnlyList<MatchCase> cases, string folder, string[] options)
    {
        Dictionary<(bool InSource, string Mac), (string Case, int Probe)> numbers = [];
        Dictionary<Device, List<byte[]>> frames = _devices.ToDictionary(d => d, _ => new List<byte[]>());
        List<(MatchCase Test, string Command)> commands = [];
        for (int number = 0; number < cases.Count; number++)
        {
            MatchCase test = cases[number];
            commands.AddRange(test.Rules.Select(rule => (test, Command(test, number, rule))));
            for (int i = 0; i < test.Probes.Length; i++)
            {
                byte[] frame = Numbered(test.Probes[i].Frame, number, i, test.NumberInSource);
                frames[test.Device].Add(frame);
                numbers.Add((test.NumberInSource, Mac(frame, test.NumberInSource)), (test.Name, i));
                _fates[(test.Name, i)] = Fate.Dropped;
            }
        }

        List<string> vdevs = [];
        foreach (Device device in _devices)
        {
            PcapFile.Write($"{folder}/{device}.in", frames[device]);
            vdevs.Add($"net_pcap{device},rx_pcap={folder}/{device}.in,tx_pcap={folder}/{device}.out");
            vdevs.Add($"net_emunic{device},backend=net_pcap{device}{Arguments(device)}");
        }

        using TestpmdSession session = new(vdevs, options);
        Dictionary<string, List<(int EthPort, int Rule)>> counted = Create(session, commands);
        if (_devices.Contains(Device.Isolated))
        {
            session.Run($"flow isolate {EthPort(Device.Isolated)} true");
        }

        session.Run(["set fwd io", "set verbose 1"]);
        session.RunAmidOutput("start");
        foreach (Device device in _devices)
        {
            session.WaitForPackets(EthPort(device), frames[device].Count);
        }

        session.RunAmidOutput("stop");
        foreach ((string name, List<(int EthPort, int Rule)> rules) in counted)
        {
            _hits[name] = [.. session.Run([.. rules.Select(r => $"flow query {r.EthPort} {r.Rule} count")])
                .Select(answer => long.Parse(Hits().Match(answer).Groups[1].Value, CultureInfo.InvariantCulture))];
        }

        session.Quit();
        Dictionary<string, (uint? Mark, bool Flag)> marks = ReadMarks(session.Transcript);
        foreach (Device device in _devices)
        {
            foreach (byte[] frame in PcapFile.Read($"{folder}/{device}.out"))
            {
                if (numbers.TryGetValue((false, Mac(frame, false)), out (string, int) probe) ||
                    numbers.TryGetValue((true, Mac(frame, true)), out probe))
                {
                    (uint? mark, bool flag) = marks[Mac(frame, false) + Mac(frame, true)];
                    _fates[probe] = new Fate(true, mark, flag);
                }
            }
        }
    }

    private Dictionary<string, List<(int EthPort, int Rule)>> Create(
        TestpmdSession session, List<(MatchCase Test, string Command)> commands)
    {
        Dictionary<string, List<(int EthPort, int Rule)>> counted = [];
        IReadOnlyList<string> answers = session.Run([.. commands.Select(c => c.Command)]);
        for (int i = 0; i < answers.Count; i++)
        {
            MatchCase test = commands[i].Test;
            Match created = Created().Match(answers[i]);
            if (!created.Success)
            {
                _refusals[test.Name] = answers[i];
            }
            else if (test.Hits is not null && commands[i].Command.Contains(" count ", StringComparison.Ordinal))
            {
                counted.TryAdd(test.Name, []);
                counted[test.Name].Add(
                    (EthPort(test.Device), int.Parse(created.Groups[1].Value, CultureInfo.InvariantCulture)));
            }
        }

        return counted;
    }

    private static string Mac(byte[] frame, bool source) =>
        Convert.ToHexString(frame, source ? 6 : 0, 6);

    /// <summary>What testpmd printed of each packet, by destination and source address.</summary>
    private static Dictionary<string, (uint? Mark, bool Flag)> ReadMarks(string transcript)
    {
        Dictionary<string, (uint? Mark, bool Flag)> marks = [];
        foreach (Match match in Received().Matches(transcript))
        {
            string key = (match.Groups[2].Value + match.Groups[1].Value).Replace(":", "", StringComparison.Ordinal);
            Match id = MarkId().Match(match.Value);
            marks[key] = id.Success
                ? (uint.Parse(id.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), false)
                : (null, match.Value.Contains("FDIR matched", StringComparison.Ordinal));
        }

        return marks;
    }

    [GeneratedRegex(@"Flow rule #(\d+) created")]
    private static partial Regex Created();

    [GeneratedRegex(@"hits: (\d+)")]
    private static partial Regex Hits();

    [GeneratedRegex(@"src=([0-9A-F:]{17}) - dst=([0-9A-F:]{17}).*")]
    private static partial Regex Received();

    [GeneratedRegex(@"FDIR matched ID=0x([0-9a-f]+)")]
    private static partial Regex MarkId();
}
