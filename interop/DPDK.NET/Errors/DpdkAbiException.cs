using System.Runtime.InteropServices;
using Dpdk.Abi;

namespace Dpdk.Errors;

/// <summary>
/// The installed DPDK has an ABI that this binding was not checked against; it is refused, not tried.
/// </summary>
public sealed class DpdkAbiException : DpdkException
{
    private DpdkAbiException(string found, string detail)
        : base($"unknown DPDK ABI: {found}", 0, detail)
    {
        Found = found;
    }

    /// <summary>What was found: a version, a file or an architecture.</summary>
    public string Found { get; }

    private static string KnownReleases =>
        string.Join(", ", DpdkAbi.Known.Select(abi => $"{abi.Release}.x (ABI {abi.SoVersion})"));

    internal static DpdkAbiException ForVersion(string version) =>
        new(
            $"\"{version}\"",
            $"known are {KnownReleases}; structure layouts of other versions differ, so nothing was started");

    internal static DpdkAbiException ForSoname(string found, string wanted, string package) =>
        new(found, $"{wanted} is needed (known are {KnownReleases}); on Debian 12: 'apt-get install {package}'");

    internal static DpdkAbiException ForArchitecture(Architecture architecture) =>
        new(architecture.ToString(), $"layouts were checked on x86-64 only, DPDK {KnownReleases}");
}
