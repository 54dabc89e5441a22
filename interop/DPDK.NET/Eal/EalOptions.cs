using System.Globalization;

namespace Dpdk.Eal;

/// <summary>What EAL is started with. The defaults suit a process without NICs, hugepages or neighbours.</summary>
public sealed class EalOptions
{
    /// <summary>argv[0]; shows in logs.</summary>
    public string ProgramName { get; init; } = "dpdk-net";

    /// <summary>
    /// Separates this process's runtime files from others' (--file-prefix). Default: one of its own per process.
    /// </summary>
    public string FilePrefix { get; init; } =
        string.Create(CultureInfo.InvariantCulture, $"dpdk-net-{Environment.ProcessId}");

    /// <summary>
    /// Ordinary pages instead of hugepages (--no-huge). Null, the default: hugepages where <see cref="MemoryMiB"/> of one
    /// size are free, ordinary pages otherwise.
    /// </summary>
    public bool? NoHuge { get; init; }

    /// <summary>Memory for DPDK in MiB (-m).</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>
    /// No files shared with other processes (--in-memory; --no-shconf beside --no-huge, which excludes it).
    /// </summary>
    public bool InMemory { get; init; } = true;

    /// <summary>No PCI devices (--no-pci).</summary>
    public bool NoPci { get; init; } = true;

    /// <summary>The telemetry socket of DPDK; off unless asked for (--no-telemetry).</summary>
    public bool Telemetry { get; init; }

    /// <summary>CPUs (-l); the first becomes the main lcore. EAL starts a thread for each further one.</summary>
    public IReadOnlyList<int> Lcores { get; init; } = [0];

    /// <summary>Virtual devices, "net_null0,size=64" (--vdev).</summary>
    public IReadOnlyList<string> Vdevs { get; init; } = [];

    /// <summary>PCI devices to use, "0000:3b:00.0" (-a); for <see cref="NoPci"/> false.</summary>
    public IReadOnlyList<string> PciDevices { get; init; } = [];

    /// <summary>
    /// Further driver libraries or folders of them (-d). No folder above may be world-writable, or EAL refuses it.
    /// Debian's drivers are loaded in any case.
    /// </summary>
    public IReadOnlyList<string> DriverPaths { get; init; } = [];

    /// <summary>
    /// --log-level, e.g. "*:error" to keep a console quiet or "lib.eal:debug". Null: DPDK's default, which prints
    /// notices.
    /// </summary>
    public string? LogLevel { get; init; }

    /// <summary>
    /// File that DPDK's log goes to instead of stderr, appended; null: stderr. Drivers' own printf is not caught.
    /// </summary>
    public string? LogFile { get; init; }

    /// <summary>Further arguments, as they are.</summary>
    public IReadOnlyList<string> ExtraArgs { get; init; } = [];

    /// <summary>argv as rte_eal_init gets it, the program name first.</summary>
    /// <exception cref="ArgumentException">A value cannot be right; all problems are named at once.</exception>
    public string[] ToArguments()
    {
        Validate();
        List<string> arguments = [ProgramName, "-l", string.Join(',', Lcores), $"--file-prefix={FilePrefix}"];

        // EAL refuses --in-memory beside --no-huge; ordinary pages are private anyway, what remains is the shared
        // config.
        bool noHuge = NoHuge ?? Hugepages.FreeMiB() < MemoryMiB;
        AddIf(arguments, InMemory, noHuge ? "--no-shconf" : "--in-memory");
        AddIf(arguments, noHuge, "--no-huge");
        arguments.AddRange(["-m", MemoryMiB.ToString(CultureInfo.InvariantCulture)]);
        AddIf(arguments, NoPci, "--no-pci");
        AddIf(arguments, !Telemetry, "--no-telemetry");
        foreach (string path in DriverPaths)
        {
            arguments.AddRange(["-d", path]);
        }

        foreach (string device in PciDevices)
        {
            arguments.AddRange(["-a", device]);
        }

        arguments.AddRange(Vdevs.Select(vdev => $"--vdev={vdev}"));
        AddIf(arguments, LogLevel is not null, $"--log-level={LogLevel}");
        arguments.AddRange(ExtraArgs);
        return [.. arguments];
    }

    private static void AddIf(List<string> arguments, bool condition, string argument)
    {
        if (condition)
        {
            arguments.Add(argument);
        }
    }

    private void Validate()
    {
        List<string> problems = [];
        AddProblemIf(problems, string.IsNullOrWhiteSpace(ProgramName), "ProgramName is empty");
        AddProblemIf(
            problems,
            string.IsNullOrWhiteSpace(FilePrefix) || FilePrefix.Contains('/', StringComparison.Ordinal),
            "FilePrefix is empty or has a '/'");
        AddProblemIf(problems, MemoryMiB <= 0, "MemoryMiB is not positive");
        AddProblemIf(
            problems, Lcores.Count == 0 || Lcores.Any(lcore => lcore < 0), "Lcores is empty or has a negative number");
        AddProblemIf(problems, Lcores.Distinct().Count() != Lcores.Count, "Lcores names a CPU twice");
        AddProblemIf(problems, NoPci && PciDevices.Count > 0, "PciDevices are given but NoPci is set");
        AddProblemIf(
            problems,
            Vdevs.Concat(DriverPaths).Concat(PciDevices).Concat(ExtraArgs).Any(string.IsNullOrWhiteSpace),
            "a list has an empty entry");
        if (problems.Count > 0)
        {
            throw new ArgumentException("EAL options: " + string.Join("; ", problems));
        }
    }

    private static void AddProblemIf(List<string> problems, bool condition, string problem)
    {
        if (condition)
        {
            problems.Add(problem);
        }
    }
}
