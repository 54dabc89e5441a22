using Dpdk.Errors;
using Dpdk.Ethdev;
using Dpdk.Flow;

namespace DPDK.NET.Tests;

/// <summary>
/// rte_flow against stock drivers: net_null has no flow interface, an empty bonding device takes everything.
/// </summary>
public sealed class FlowApiTests(EalFixture fixture)
{
    private static readonly FlowSpec s_rule = new(
        new FlowAttr(Priority: 1),
        [new EthItem(), new Ipv4Item(Dst: FieldMatch.Exact(0x0a000001u))],
        [new CountAction(), new DropAction()]);

    [Fact]
    public void Refusal_is_a_value_when_the_driver_has_no_flow_interface()
    {
        EthPort port = fixture.StartVdev("net_null_flow", "");
        RuleRejection expected = new(
            RejectReason.NoFlowApi, FlowErrorType.Unspecified, -1, 38, "Function not implemented");
        Assert.Equal(expected, port.Flow.Validate(s_rule));
        FlowInstallResult result = port.Flow.Create(s_rule);
        Assert.False(result.IsInstalled);
        Assert.Equal(expected, result.Rejection);
        Assert.Equal(expected, port.Flow.Flush());
        Assert.Equal(expected, port.Flow.Isolate(true));
        Assert.Equal(RejectReason.NoFlowApi, port.Flow.Dump("/dev/null")!.Reason);
        Assert.Empty(port.Flow.GetAged());
        Assert.Empty(port.Flow.Rules);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Rule_lives_until_destroyed_when_the_driver_takes_it()
    {
        EthPort port = fixture.Eal.AttachVdev("net_bonding_a", "mode=0");
        FlowInstallResult result = port.Flow.Create(s_rule);
        Assert.Null(result.Rejection);
        Assert.True(result.Rule!.IsInstalled);
        Assert.Same(s_rule, result.Rule.Spec);
        Assert.Equal(port.Id, result.Rule.EthPortId);
        Assert.Same(result.Rule, Assert.Single(port.Flow.Rules));

        Assert.Null(port.Flow.Destroy(result.Rule));
        Assert.False(result.Rule.IsInstalled);
        Assert.Empty(port.Flow.Rules);
        Assert.Null(port.Flow.Destroy(result.Rule));
        Assert.Equal(RejectReason.Other, port.Flow.QueryCount(result.Rule).Rejection!.Reason);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Counters_are_read_when_the_driver_counts()
    {
        EthPort port = fixture.Eal.AttachVdev("net_bonding_q", "mode=0");
        FlowRule rule = port.Flow.Create(s_rule).Rule!;
        FlowQueryResult query = port.Flow.QueryCount(rule, reset: true);
        Assert.Null(query.Rejection);
        Assert.Equal(new FlowCounters(0, 0), query.Counters);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Rules_are_gone_when_flushed_or_closed()
    {
        EthPort port = fixture.Eal.AttachVdev("net_bonding_b", "mode=0");
        FlowRule flushed = port.Flow.Create(s_rule).Rule!;
        Assert.Null(port.Flow.Flush());
        FlowRule closed = port.Flow.Create(s_rule).Rule!;
        port.Close();
        Assert.False(flushed.IsInstalled);
        Assert.False(closed.IsInstalled);
        Assert.Empty(port.Flow.Rules);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Refuses_rule_when_it_is_another_port_s()
    {
        EthPort port = fixture.Eal.AttachVdev("net_bonding_c", "mode=0");
        FlowRule rule = port.Flow.Create(s_rule).Rule!;
        EthPort other = fixture.Eal.FindPort("net_null7")!;
        Assert.Throws<ArgumentException>(() => other.Flow.Destroy(rule));
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Throws_when_the_port_is_closed()
    {
        EthPort port = fixture.StartVdev("net_null_gone", "");
        fixture.Eal.DetachVdev(port.Name);
        Assert.Throws<ObjectDisposedException>(() => port.Flow.Create(s_rule));
    }

    [Fact]
    public void Throws_when_the_dump_file_cannot_be_written()
    {
        DpdkException e = Assert.Throws<DpdkException>(
            () => fixture.Eal.FindPort("net_null7")!.Flow.Dump("/nonexistent/file"));
        Assert.Equal(("fopen", 2), (e.Operation, e.Errno));
    }

    [Theory]
    [InlineData(95, RejectReason.Unsupported)]
    [InlineData(22, RejectReason.Invalid)]
    [InlineData(12, RejectReason.TableFull)]
    [InlineData(28, RejectReason.TableFull)]
    [InlineData(16, RejectReason.Busy)]
    [InlineData(11, RejectReason.Busy)]
    [InlineData(17, RejectReason.Duplicate)]
    [InlineData(38, RejectReason.NoFlowApi)]
    [InlineData(5, RejectReason.DeviceGone)]
    [InlineData(19, RejectReason.DeviceGone)]
    [InlineData(1, RejectReason.Other)]
    [InlineData(0, RejectReason.Other)]
    public void Reason_follows_errno_when_refused(int errno, RejectReason reason)
    {
        RuleRejection rejection = Rejections.From(errno, default);
        Assert.Equal(new RuleRejection(reason, FlowErrorType.None, -1, errno, null), rejection);
    }

    [Fact]
    public unsafe void Message_is_copied_when_the_driver_gives_one()
    {
        fixed (byte* text = "no such thing\0"u8)
        {
            Dpdk.Raw.rte_flow_error error = new() { type = 13, message = text };
            Assert.Equal(
                new RuleRejection(RejectReason.Unsupported, FlowErrorType.Item, -1, 95, "no such thing"),
                Rejections.From(95, in error));
        }
    }
}
