using Dpdk.Eal;

namespace DPDK.NET.Tests;

/// <summary>What rte_eal_init is given.</summary>
public sealed class EalOptionsTests
{
    [Fact]
    public void Builds_arguments_in_order_when_all_is_set()
    {
        EalOptions options = new()
        {
            ProgramName = "prog",
            FilePrefix = "fp",
            NoHuge = true,
            MemoryMiB = 256,
            Lcores = [2, 3],
            Vdevs = ["net_null0,size=64", "net_ring0"],
            DriverPaths = ["/opt/a.so"],
            LogLevel = "*:error",
            ExtraArgs = ["--main-lcore", "3"],
        };
        Assert.Equal(
            [
                "prog", "-l", "2,3", "--file-prefix=fp", "--no-shconf", "--no-huge", "-m", "256", "--no-pci",
                "--no-telemetry", "-d", "/opt/a.so", "--vdev=net_null0,size=64", "--vdev=net_ring0",
                "--log-level=*:error", "--main-lcore", "3",
            ],
            options.ToArguments());
    }

    [Fact]
    public void Uses_hugepages_and_devices_when_asked()
    {
        EalOptions options = new()
        {
            FilePrefix = "fp",
            NoHuge = false,
            NoPci = false,
            PciDevices = ["0000:3b:00.0"],
            Telemetry = true,
        };
        Assert.Equal(
            ["dpdk-net", "-l", "0", "--file-prefix=fp", "--in-memory", "-m", "512", "-a", "0000:3b:00.0"],
            options.ToArguments());
    }

    [Fact]
    public void Names_all_problems_at_once_when_options_are_wrong()
    {
        EalOptions options = new()
        {
            ProgramName = " ",
            FilePrefix = "a/b",
            MemoryMiB = 0,
            Lcores = [1, 1],
            PciDevices = ["0000:00:1f.0"],
            Vdevs = [""],
        };
        ArgumentException e = Assert.Throws<ArgumentException>(options.ToArguments);
        Assert.Equal(
            "EAL options: ProgramName is empty; FilePrefix is empty or has a '/'; MemoryMiB is not positive; "
            + "Lcores names a CPU twice; PciDevices are given but NoPci is set; a list has an empty entry",
            e.Message);
    }

    [Fact]
    public void Own_file_prefix_is_given_when_none_is_asked() =>
        Assert.Equal($"dpdk-net-{Environment.ProcessId}", new EalOptions().FilePrefix);

    [Theory]
    [InlineData("3\n", 6)]
    [InlineData("0\n", 0)]
    [InlineData("many\n", 0)]
    public void Free_hugepages_are_counted_in_mebibytes(string free, long expected)
    {
        string folder = Directory.CreateTempSubdirectory("huge-").FullName;
        try
        {
            string pool = Directory.CreateDirectory(Path.Combine(folder, "hugepages-2048kB")).FullName;
            File.WriteAllText(Path.Combine(pool, "free_hugepages"), free);
            Assert.Equal(expected, Hugepages.FreeMiB(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Hugepages_are_not_found_when_the_kernel_has_no_pools() =>
        Assert.Equal(0, Hugepages.FreeMiB("/nonexistent"));
}
