using System.Diagnostics;
using System.Globalization;

namespace NetPolNic.VmGuest;

/// <summary>
/// What happens in the guest: an agent (then testpmd) on two tap devices, frames sent to them from the kernel's side, and
/// everything written down: what arrived, the kernel's rules with their counters, the agent's log and its status.
/// It judges nothing. What to do is in the scenario's folder, by the files that are there.
/// </summary>
internal static class Program
{
    private static readonly string[] s_interfaces = ["dtap0", "dtap1"];

    private static string s_scenario = "";
    private static string s_results = "";

    /// <summary>Arguments: the scenario's folder, the folder for results, the agent's executable.</summary>
    private static int Main(string[] args)
    {
        (s_scenario, s_results) = (args[0], args[1]);
        try
        {
            // The kernel's own frames would be counted: no IPv6, and below no ARP.
            File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
            WithAgent(args[2]);
            if (File.Exists(Scenario("testpmd.rules")))
            {
                WithTestpmd();
            }

            Say("done");
            File.WriteAllText(Result("done"), "");
            return 0;
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            File.WriteAllText(Result("failure"), problem.ToString());
            Console.WriteLine(problem);
            return 1;
        }
    }

    private static void WithAgent(string executable)
    {
        string manifests = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"vm-manifests-{Environment.ProcessId}"));
        Copy(Scenario("manifests"), manifests);
        string socket = Path.Combine(manifests, "../", string.Create(CultureInfo.InvariantCulture, $"vm-{Environment.ProcessId}.sock"));
        using Child agent = new(
            Result("agent.log"), executable, "run", "--manifests", manifests, "--node", "node-1", "--nic", "tap",
            "--uplink", "net_tap0,iface=dtap0", "--reflect-port", "net_tap1,iface=dtap1", "--memory", "128",
            "--connections", "65536", "--metrics-listen", "none", "--control-socket", socket);
        agent.WaitFor("Policy 1 in force");
        Say("policy 1 is in force");
        using Player player = Open(reflects: true);
        using Child status = new(
            Result("status.jsonl"), executable, "status", "--watch", "-o", "json", "--interval", "1", "--top", "0", "--socket", socket);
        status.WaitForMore(1);
        WriteRules("start");
        WriteStatus(status, "start");
        Play(player, "announce");
        Play(player, "first");
        WriteRules("first");
        WriteStatus(status, "first");
        if (Directory.Exists(Scenario("changed")))
        {
            Change(agent, player, manifests);
            WriteRules("changed");
            Play(player, "second");
            WriteRules("second");
            WriteStatus(status, "second");
        }

        Say("the agent is asked to end");
        int ended = agent.Terminate();

        // By itself it would wait for another agent.
        status.Terminate();
        File.WriteAllText(Result("agent.exit"), ended.ToString(CultureInfo.InvariantCulture));
        Directory.Delete(manifests, recursive: true);
    }

    /// <summary>Edits the manifests while the same frames are sent again and again.</summary>
    private static void Change(Child agent, Player player, string manifests)
    {
        const int RoundsAfter = 3;
        List<(int Port, byte[] Frame)> flow = Player.Read(Scenario("flow.frames"));
        int rounds = 0;
        player.Play(flow);
        Copy(Scenario("changed"), manifests);
        Stopwatch clock = Stopwatch.StartNew();
        for (rounds = 1; !agent.HasSaid("Policy 2 in force"); rounds++)
        {
            player.Play(flow);
            if (clock.Elapsed > TimeSpan.FromSeconds(300))
            {
                throw new TimeoutException($"the new policy did not come into force:\n{agent.Said}");
            }
        }

        for (int i = 0; i < RoundsAfter; i++, rounds++)
        {
            player.Play(flow);
        }

        Say($"policy 2 is in force after {rounds - RoundsAfter} rounds of {flow.Count} frames");
        player.WriteArrived(Result("flow.arrived"));
        File.WriteAllText(Result("flow.rounds"), rounds.ToString(CultureInfo.InvariantCulture));
    }

    private static void WithTestpmd()
    {
        using Child testpmd = new(
            Result("testpmd.log"), "stdbuf", "-oL", "-eL", "dpdk-testpmd", "--no-pci", "--no-huge", "--no-shconf", "--no-telemetry",
            "-m", "256", "--lcores", "0,1", "--file-prefix=npn-vm", "--vdev=net_tap0,iface=dtap0", "--vdev=net_tap1,iface=dtap1",
            "--", "-i", "--total-num-mbufs=4096", "--forward-mode=io", "--no-flush-rx");
        testpmd.Input.AutoFlush = true;
        foreach (string line in File.ReadLines(Scenario("testpmd.rules")))
        {
            testpmd.Input.WriteLine(line);
        }

        testpmd.Input.WriteLine("start");
        testpmd.WaitFor("packet forwarding - ports=");
        Say("testpmd forwards");
        using Player player = Open(reflects: false);
        WriteRules("testpmd-start");
        Play(player, "testpmd");
        WriteRules("testpmd");
        testpmd.Input.WriteLine("quit");
        testpmd.WaitForExit();
    }

    private static Player Open(bool reflects)
    {
        foreach (string name in s_interfaces)
        {
            Child.Run(Result("ip.log"), "ip", "link", "set", name, "arp", "off", "up");
        }

        byte[][] sentinels = [.. Player.Read(Scenario("sentinels.frames")).Select(sentinel => sentinel.Frame)];
        Player player = new([.. s_interfaces.Select(name => new PacketSocket(name))], sentinels, reflects);
        player.WaitUntilOpen(0);
        player.WaitUntilOpen(1);
        return player;
    }

    private static void Play(Player player, string name)
    {
        Stopwatch clock = Stopwatch.StartNew();
        List<(int Port, byte[] Frame)> frames = Player.Read(Scenario($"{name}.frames"));
        uint sentinels = player.SentinelCount;
        player.Play(frames);
        player.WriteArrived(Result($"{name}.arrived"));
        File.WriteAllText(Result($"{name}.sentinels"), (player.SentinelCount - sentinels).ToString(CultureInfo.InvariantCulture));
        Say($"{frames.Count} frames of '{name}' sent in {clock.Elapsed.TotalSeconds:F1} s");
    }

    private static void WriteRules(string name)
    {
        foreach (string port in s_interfaces)
        {
            Child.Run(Result($"{name}.{port}.tc"), "tc", "-s", "-j", "filter", "show", "dev", port);
        }
    }

    /// <summary>An answer of the agent that was made after this call.</summary>
    private static void WriteStatus(Child status, string name)
    {
        status.WaitForMore(2);
        File.WriteAllText(Result($"{name}.status"), status.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            // Whole files only: the agent may read at any moment.
            string part = Path.Combine(to, $".{Path.GetFileName(file)}.part");
            File.Copy(file, part, overwrite: true);
            File.Move(part, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    private static string Scenario(string name) => Path.Combine(s_scenario, name);

    private static string Result(string name) => Path.Combine(s_results, name);

    private static void Say(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.TickCount64 / 1000} s: {text}"));
}
