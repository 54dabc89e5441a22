using System.Globalization;
using System.Runtime.InteropServices;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>Cycles and instructions of one thread in user mode, by perf_event_open(2), where the machine counts them.</summary>
internal sealed unsafe partial class CpuCounters : IDisposable
{
    private const int HardwareCycles = 0;
    private const int HardwareInstructions = 1;
    private const int AttributeBytes = 64; // PERF_ATTR_SIZE_VER0
    private const ulong ExcludeKernelAndHypervisor = 1 << 5 | 1 << 6;

    private readonly int _cycles;
    private readonly int _instructions;

    private CpuCounters(int cycles, int instructions)
    {
        _cycles = cycles;
        _instructions = instructions;
    }

    /// <summary>Counts the thread of a process that has used most CPU so far; null where nothing can be counted.</summary>
    public static CpuCounters? OfBusiestThread(int processId)
    {
        int thread = BusiestThread(processId);
        int cycles = Open(thread, HardwareCycles);
        int instructions = Open(thread, HardwareInstructions);
        if (cycles >= 0 && instructions >= 0)
        {
            return new CpuCounters(cycles, instructions);
        }

        CloseAny(cycles);
        CloseAny(instructions);
        return null;
    }

    public (long Cycles, long Instructions) Read() => (ReadOne(_cycles), ReadOne(_instructions));

    public void Dispose()
    {
        CloseAny(_cycles);
        CloseAny(_instructions);
    }

    private static int BusiestThread(int processId)
    {
        string tasks = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task");
        return Directory.GetDirectories(tasks)
            .Select(path => (Id: int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), Ticks: TicksOf(path)))
            .MaxBy(thread => thread.Ticks).Id;
    }

    /// <summary>utime of proc(5)'s stat, the 12th field behind the name.</summary>
    private static long TicksOf(string task)
    {
        string stat = File.ReadAllText(Path.Combine(task, "stat"));
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11], CultureInfo.InvariantCulture);
    }

    private static int Open(int thread, ulong what)
    {
        ulong* attribute = stackalloc ulong[AttributeBytes / sizeof(ulong)];
        new Span<ulong>(attribute, AttributeBytes / sizeof(ulong)).Clear();
        attribute[0] = (ulong)AttributeBytes << 32; // type 0 (hardware), size
        attribute[1] = what;
        attribute[5] = ExcludeKernelAndHypervisor;
        int number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 298 : 241;
        return (int)syscall(number, attribute, thread, -1, -1, 0);
    }

    private static long ReadOne(int file)
    {
        long value = 0;
        return read(file, &value, sizeof(long)) == sizeof(long) ? value : 0;
    }

    private static void CloseAny(int file)
    {
        if (file >= 0)
        {
            _ = close(file);
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, void* attribute, int thread, int cpu, int group, nuint flags);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint read(int file, void* buffer, nint count);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int close(int file);
}
