using System.Globalization;
using Dpdk.Eal;
using Dpdk.Errors;
using Dpdk.Ethdev;

namespace DPDK.NET.Tests;

/// <summary>The running EAL.</summary>
public sealed class DpdkEalTests(EalFixture fixture)
{
    [Fact]
    public void Version_is_of_the_known_ABI_when_started()
    {
        Assert.StartsWith("DPDK 22.11.", DpdkEal.Version, StringComparison.Ordinal);
        Assert.Equal("22.11", fixture.Eal.Abi.Release);
    }

    [Fact]
    public void Second_start_is_refused_when_EAL_runs()
    {
        EalInitException e = Assert.Throws<EalInitException>(() => DpdkEal.Start(fixture.Options));
        Assert.Contains("EAL starts once in a process", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_of_the_command_line_is_a_port_when_started()
    {
        EthPort port = Assert.Single(fixture.Eal.Ports, port => port.Name == "net_null7");
        Assert.Equal("net_null", port.DriverName);
        Assert.Same(port, fixture.Eal.FindPort("net_null7"));
    }

    [Theory]
    [InlineData("net_ring_x", "net_ring")]
    [InlineData("net_null_x", "net_null")]
    public void Port_comes_and_goes_when_a_vdev_is_plugged(string name, string driver)
    {
        EthPort port = fixture.Eal.AttachVdev(name, "");
        Assert.Equal((name, driver), (port.Name, port.DriverName));
        Assert.Contains(port, fixture.Eal.Ports);

        fixture.Eal.DetachVdev(name);
        Assert.Null(fixture.Eal.FindPort(name));
        Assert.DoesNotContain(fixture.Eal.Ports, other => other.Name == name);
        Assert.Throws<ObjectDisposedException>(() => port.ReadStats());
    }

    [Fact]
    public void Port_is_new_when_the_name_is_used_again()
    {
        EthPort first = fixture.Eal.AttachVdev("net_null_again", "");
        fixture.Eal.DetachVdev("net_null_again");
        EthPort second = fixture.Eal.AttachVdev("net_null_again", "");
        Assert.NotSame(first, second);
        fixture.Eal.DetachVdev("net_null_again");
    }

    [Fact]
    public void Unknown_driver_is_refused_when_attached()
    {
        DpdkException e = Assert.Throws<DpdkException>(() => fixture.Eal.AttachVdev("net_nosuch0", ""));
        Assert.Equal("rte_eal_hotplug_add", e.Operation);
        Assert.True(e.Errno > 0);
        Assert.Contains("net_nosuch0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Same_name_is_refused_when_attached_twice()
    {
        fixture.Eal.AttachVdev("net_null_twice", "");
        DpdkException e = Assert.Throws<DpdkException>(() => fixture.Eal.AttachVdev("net_null_twice", ""));
        Assert.Equal(17, e.Errno);
        Assert.Contains("EEXIST", e.Message, StringComparison.Ordinal);
        fixture.Eal.DetachVdev("net_null_twice");
    }

    [Fact]
    public void Unknown_device_is_refused_when_detached() =>
        Assert.Throws<DpdkException>(() => fixture.Eal.DetachVdev("net_null_missing"));

    [Fact]
    public void Probe_makes_a_port_when_given_a_full_name()
    {
        fixture.Eal.Probe("vdev:net_null_probe");
        Assert.NotNull(fixture.Eal.FindPort("net_null_probe"));
        fixture.Eal.DetachVdev("net_null_probe");
    }

    [Fact]
    public void Clock_moves_on_when_read_twice()
    {
        ulong first = DpdkEal.Tsc;
        Assert.True(DpdkEal.Tsc >= first);
        Assert.True(DpdkEal.TscHz > 1_000_000);
        Assert.True(DpdkEal.CpuTscHz > 1_000_000);
    }

    [Fact]
    public void Log_goes_to_the_file_when_one_is_given() =>
        Assert.Contains("EAL: Detected CPU lcores", File.ReadAllText(fixture.LogFile), StringComparison.Ordinal);

    [Fact]
    public void Calling_thread_keeps_its_CPUs_when_EAL_starts() =>
        Assert.True(Environment.ProcessorCount == 1 || CpusOfThread() > 1);

    private static int CpusOfThread()
    {
        string line = File.ReadLines("/proc/thread-self/status").First(
            text => text.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
        return line["Cpus_allowed:".Length..].Trim().Replace(",", "", StringComparison.Ordinal)
            .Sum(digit => int.PopCount(Convert.ToInt32(digit.ToString(), 16)));
    }

    [Fact]
    public void A_thread_is_pinned_where_the_cpu_exists_only()
    {
        bool[] pinned = [true, false, false];
        Thread thread = new(() => pinned = [DpdkThread.TryPin(0), DpdkThread.TryPin(-1), DpdkThread.TryPin(8191)]);
        thread.Start();
        thread.Join();

        Assert.Equal([true, false, false], pinned);
    }

    [Fact]
    public void A_thread_takes_precedence_where_it_may_and_alone()
    {
        bool mayTake = false;
        int before = NiceOfThread();
        int taken = 0;
        Thread thread = new(() =>
        {
            mayTake = DpdkThread.TryTakePrecedence();
            taken = NiceOfThread();
        });
        thread.Start();
        thread.Join();

        Assert.Equal(mayTake ? -20 : before, taken);
        Assert.Equal(before, NiceOfThread());
    }

    // proc(5): field 19 of the line; the name before it is in parentheses.
    private static int NiceOfThread()
    {
        string line = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(line[(line.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
