using System.Runtime.InteropServices;
using Dpdk.Abi;
using Dpdk.Errors;

namespace DPDK.NET.Tests;

/// <summary>A DPDK that is missing or unknown is refused, and the message says what to do.</summary>
public sealed class AbiRefusalTests
{
    [Theory]
    [InlineData("DPDK 24.11.1")]
    [InlineData("DPDK 22.07.0")]
    [InlineData("DPDK 22.110.0")]
    [InlineData("22.11.3")]
    [InlineData("")]
    public void Refuses_version_when_it_is_not_known(string version)
    {
        DpdkAbiException e = Assert.Throws<DpdkAbiException>(() => DpdkAbi.ForVersion(version));
        Assert.Contains($"\"{version}\"", e.Message, StringComparison.Ordinal);
        Assert.Contains("known are 22.11.x (ABI 23)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DPDK 22.11.11")]
    [InlineData("DPDK 22.11.0")]
    public void Takes_version_when_it_is_known(string version) =>
        Assert.Equal("23", DpdkAbi.ForVersion(version).SoVersion);

    [Theory]
    [InlineData("rte_eal", "librte_eal.so.23", "librte-eal23")]
    [InlineData("rte_bus_vdev", "librte_bus_vdev.so.23", "librte-bus-vdev23")]
    [InlineData("rte_net_mlx5", "librte_net_mlx5.so.23", "librte-net-mlx5-23")]
    public void Names_the_package_when_a_library_is_missing(string library, string soname, string package)
    {
        DpdkNotFoundException e = Assert.Throws<DpdkNotFoundException>(() => LibraryLoader.Load(library, _ => 0, []));
        Assert.Equal((soname, package), (e.Soname, e.Package));
        Assert.Contains($"{soname} was not found", e.Message, StringComparison.Ordinal);
        Assert.Contains($"apt-get install {package}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_library_when_only_another_ABI_is_installed()
    {
        string folder = Directory.CreateTempSubdirectory("abi-").FullName;
        try
        {
            string other = Path.Combine(folder, "librte_eal.so.25");
            File.WriteAllText(other, "");
            DpdkAbiException e = Assert.Throws<DpdkAbiException>(() => LibraryLoader.Load("rte_eal", _ => 0, [folder]));
            Assert.Equal(other, e.Found);
            Assert.Contains("librte_eal.so.23 is needed", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Refuses_processor_when_its_layouts_were_not_probed()
    {
        DpdkAbiException e = Assert.Throws<DpdkAbiException>(() => LibraryLoader.CheckArchitecture(Architecture.Arm64));
        Assert.Contains("x86-64 only", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loads_by_soname_when_it_is_installed() =>
        Assert.Equal(4711, LibraryLoader.Load("rte_eal", soname => soname == "librte_eal.so.23" ? 4711 : 0, []));
}
