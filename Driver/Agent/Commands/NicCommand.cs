using System.CommandLine;
using System.Globalization;
using Dpdk.Eal;
using Dpdk.Ethdev;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic nic</c>: the NIC profiles, one of them with its sources, and what a live port accepts of it.</summary>
internal static class NicCommand
{
    private const string About = "List the NIC profiles, show one with its sources, or ask a live port about it.";

    private const string Details =
        """
        A profile is the list of what rules for a NIC may use. What it does not list is never used, because drivers accept
        rules that they then execute otherwise. --probe asks a port about each fact with rte_flow_validate (no rule is
        made): it can only take away. A profile is one JSON file: --nic takes your own as well.

        Examples:
          netpolnic nic                                     every profile that ships
          netpolnic nic --nic ice                           what the E810's switch filter can do, and who says so
          netpolnic nic --nic mlx5 --probe 0000:3b:00.0     what this port accepts of it
          netpolnic nic --nic ./mine.json -o json           a profile of your own, for scripts
          netpolnic nic --nic i40e -o emunic                device arguments for the emulated NIC

        Exit status: 0 success, 1 the port refuses a part of the profile, 2 unusable input.
        """;

    public static Command Create()
    {
        Option<string?> nic = new("--nic")
        {
            Description = "Profile to show: a name or a JSON file.",
            HelpName = "PROFILE",
        };
        Option<string?> probe = new("--probe")
        {
            Description = "DPDK device to ask about the profile: a PCI address, or a virtual device with its arguments.",
            HelpName = "DEVICE",
        };
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Emunic);
        Command command = new DetailedCommand("nic", About, Details) { nic, probe, output };
        command.SetAction(parsed =>
        {
            TextWriter writer = parsed.InvocationConfiguration.Output;
            OutputFormat format = parsed.Format(output);
            if (parsed.GetValue(nic) is not { } name)
            {
                string? needed = parsed.GetValue(probe) is not null ? "--probe" : format == OutputFormat.Emunic ? "-o emunic" : null;
                return needed is null ? List(writer, format) : throw new UnusableInputException($"{needed} needs --nic PROFILE");
            }

            NicCapabilities profile = Inputs.Nic(name);
            ProbeResult? probed = parsed.GetValue(probe) is { } device ? Probe(profile, device) : null;
            Show(writer, format, profile, probed);
            return probed is null or { IsWhole: true } ? ExitStatus.Success : ExitStatus.Negative;
        });
        return command;
    }

    private static int List(TextWriter writer, OutputFormat format)
    {
        NicCapabilities[] all = [.. NicProfiles.Names.Select(NicProfiles.Load)];
        if (format == OutputFormat.Json)
        {
            writer.WriteLine(NicJson.List(all));
        }
        else
        {
            NicText.List(Inputs.Console(writer), all);
        }

        return ExitStatus.Success;
    }

    private static void Show(TextWriter writer, OutputFormat format, NicCapabilities profile, ProbeResult? probed)
    {
        switch (format)
        {
            case OutputFormat.Json:
                writer.WriteLine(NicJson.Write(profile, probed));
                break;
            case OutputFormat.Emunic:
                writer.WriteLine((probed?.Narrowed ?? profile).ToEmunicArgs());
                break;
            default:
                NicText.Write(Inputs.Console(writer), profile, probed);
                break;
        }
    }

    private static ProbeResult Probe(NicCapabilities profile, string device)
    {
        int comma = device.IndexOf(',', StringComparison.Ordinal);
        string name = comma < 0 ? device : device[..comma];
        bool emulated = name.StartsWith("net_emunic", StringComparison.Ordinal);
        using DpdkEal eal = AgentEal.Start(emulated, drivers => new EalOptions
        {
            ProgramName = "netpolnic",
            FilePrefix = string.Create(CultureInfo.InvariantCulture, $"netpolnic-nic-{Environment.ProcessId}"),
            InMemory = true,
            NoHuge = true,
            MemoryMiB = 64,
            NoPci = name.StartsWith("net_", StringComparison.Ordinal),
            DriverPaths = drivers,
            LogLevel = "*:error",
        });
        EthPort port = eal.FindPort(name) ?? eal.AttachVdev(name, comma < 0 ? "" : device[(comma + 1)..]);
        port.Configure(new EthPortOptions(), eal.CreatePktMbufPool("nic", 1023));
        FlowTables.TryConfigure(port);
        port.Start();
        try
        {
            return NicProber.Probe(profile, spec => FlowTables.Validate(port, spec)) with { FlowApi = FlowTables.NameOf(port) };
        }
        finally
        {
            port.Stop();
            port.Close();
        }
    }
}
