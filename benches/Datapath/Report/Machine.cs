using System.Globalization;
using System.Runtime.InteropServices;
using Dpdk.Eal;

namespace NetPolNic.Benches.Datapath.Report;

/// <summary>What a figure depends on besides the code.</summary>
internal static class Machine
{
    public static string Describe(DataPathOptions options)
    {
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) ?? ":";
        string load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{cpu[(cpu.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()}, {Environment.ProcessorCount} CPUs, measured on CPU {options.Cpu}; {RuntimeInformation.FrameworkDescription}, {DpdkEal.Version}; {(options.IsNative ? "ahead-of-time compiled loop" : "just-in-time compiled loop")}; {(options.Hugepages ? "hugepages" : "no hugepages")}; medians of {options.Rounds} interleaved rounds of {options.Seconds} s; load average {load} at the end (the measurement itself is 1).");
    }
}
