using Dpdk.Flow;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Tests.Support;

namespace NetPolNic.Offload.Tests.Apply;

/// <summary>Batches over a flow queue: every result is known when a call returns, or the table says that it is not.</summary>
public sealed class AsyncFlowTableTests
{
    // Equal rules are one object here: lists of a record are compared by reference.
    private readonly Dictionary<(int, uint, int, uint?), FlowSpec> _rules = [];
    private readonly FakeFlowOperations _nic = new(queue: 8);

    private IFlowTable Table => _nic.Table;

    [Fact]
    public void Rules_of_one_shape_share_a_table_and_grow_into_others()
    {
        FlowCreateResult[] first = Create(Enumerable.Range(0, 8).Select(i => Rule(i)));
        Assert.All(first, result => Assert.Null(result.Rejection));
        Assert.Equal(1, _nic.Tables);
        Create(Enumerable.Range(8, 8).Select(i => Rule(i)));
        Assert.Equal(2, _nic.Tables);
        Create([Rule(0, priority: 2), Rule(0, bits: 24), Rule(99, jump: 7), Rule(98, jump: 8)]);

        // One more for each other place, mask and kind of action; the target of a jump is a value.
        Assert.Equal(5, _nic.Tables);
        Assert.Equal(20, _nic.Count);
    }

    [Fact]
    public void Tables_go_when_their_last_rule_has_gone()
    {
        object[] handles = [.. Create([Rule(1), Rule(2)]).Select(result => result.Handle!)];
        RuleRejection?[] rejections = new RuleRejection?[2];
        Table.Destroy(handles, rejections);
        Assert.Equal([null, null], rejections);
        Table.Tidy();
        Assert.Equal((0, 0, 0), (_nic.Count, _nic.Handles, _nic.Tables));
    }

    [Fact]
    public void Creation_that_fails_with_its_result_leaves_nothing_behind()
    {
        _nic.Fault = (call, spec) => call == "created" && spec == Rule(2) ? RejectReason.Other : null;
        FlowCreateResult[] results = Create([Rule(1), Rule(2), Rule(3)]);
        Assert.Equal([false, true, false], results.Select(result => result.Handle is null));
        Assert.Equal((RejectReason.Other, 0), (results[1].Rejection!.Reason, results[1].Rejection!.Errno));
        Assert.False(Table.NeedsFlush);
        Table.Tidy();
        Assert.Equal((2, 2), (_nic.Count, _nic.Handles));
    }

    [Fact]
    public void Nothing_is_asked_for_behind_a_rule_that_there_is_no_room_for()
    {
        FakeFlowOperations nic = new(size: 2, queue: 8);
        FlowCreateResult[] results = new FlowCreateResult[4];
        Assert.Equal(3, nic.Table.Create([Rule(1), Rule(2), Rule(3), Rule(4)], results));
        Assert.Equal(RejectReason.TableFull, results[2].Rejection!.Reason);
        Assert.Equal(2, nic.Count);
    }

    [Fact]
    public void Refusal_of_a_busy_queue_is_waited_out()
    {
        int refusals = 0;
        _nic.Fault = (call, spec) => call == "create" && spec == Rule(2) && refusals++ == 0 ? RejectReason.Busy : null;
        Assert.All(Create([Rule(1), Rule(2)]), result => Assert.NotNull(result.Handle));
        Assert.Equal(2, refusals);
    }

    [Fact]
    public void Room_that_the_queue_lacks_is_waited_for()
    {
        FakeFlowOperations nic = new(queue: 8) { QueueRoom = 3 };
        FlowCreateResult[] results = new FlowCreateResult[8];
        Assert.Equal(8, nic.Table.Create([.. Enumerable.Range(0, 8).Select(i => Rule(i))], results));
        Assert.All(results, result => Assert.NotNull(result.Handle));
        RuleRejection?[] rejections = new RuleRejection?[8];
        nic.Table.Destroy([.. results.Select(result => result.Handle!)], rejections);
        Assert.All(rejections, Assert.Null);
        Assert.Equal((0, 0), (nic.Count, nic.Handles));
    }

    /// <summary>A queue that gives nothing back is not taken for a table without room.</summary>
    [Fact]
    public void Refusal_of_a_full_queue_that_is_dead_says_that_nothing_is_known()
    {
        FakeFlowOperations nic = new(queue: 8) { QueueRoom = 3 };
        nic.Fault = (call, _) => call == "pull" ? RejectReason.DeviceGone : null;
        FlowCreateResult[] results = new FlowCreateResult[8];
        Assert.Equal(4, nic.Table.Create([.. Enumerable.Range(0, 8).Select(i => Rule(i))], results));
        Assert.Equal(RejectReason.DeviceGone, results[3].Rejection!.Reason);
        Assert.True(nic.Table.NeedsFlush);
    }

    [Fact]
    public void Smaller_tables_are_asked_for_where_there_is_no_room_for_large_ones()
    {
        FakeFlowOperations nic = new(queue: 8) { TableRoom = 2 };
        FlowCreateResult[] results = new FlowCreateResult[8];
        Assert.Equal(8, nic.Table.Create([.. Enumerable.Range(0, 8).Select(i => Rule(i))], results));
        Assert.Equal((8, 4), (nic.Count, nic.Tables));

        FakeFlowOperations none = new(queue: 8) { TableRoom = 0 };
        Assert.Equal(1, none.Table.Create([Rule(1), Rule(2)], results));
        Assert.Equal((RejectReason.TableFull, true), (results[0].Rejection!.Reason, results[0].Rejection!.IsOfTemplates));
    }

    [Fact]
    public void Only_a_flush_helps_where_a_destruction_fails_with_its_result()
    {
        object handle = Create([Rule(1), Rule(2)])[0].Handle!;
        _nic.Fault = (call, _) => call == "destroyed" ? RejectReason.Other : null;
        Assert.NotNull(Table.Destroy(handle));
        Assert.True(Table.NeedsFlush);
        int calls = _nic.Calls;
        Assert.Equal(RejectReason.DeviceGone, Table.Create(Rule(3)).Rejection!.Reason);
        Assert.Equal(RejectReason.DeviceGone, Table.Destroy(handle)!.Reason);
        Assert.Equal(calls, _nic.Calls);

        Assert.Null(Table.Flush());
        Assert.False(Table.NeedsFlush);
        Assert.Equal((0, 0, 0), (_nic.Count, _nic.Handles, _nic.Tables));
        Assert.NotNull(Table.Create(Rule(3)).Handle);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("pull")]
    public void Says_that_nothing_is_known_when_the_queue_is_dead(string call)
    {
        _nic.Fault = (what, _) => what == call ? RejectReason.DeviceGone : null;
        Assert.All(Create([Rule(1), Rule(2)]), result => Assert.Equal(RejectReason.DeviceGone, result.Rejection!.Reason));
        Assert.True(Table.NeedsFlush);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(-1)]
    public void Says_that_nothing_is_known_when_results_are_of_other_operations(int token)
    {
        _nic.Told = result => result with { Token = token };
        Create([Rule(1), Rule(2)]);
        Assert.True(Table.NeedsFlush);
        _nic.Told = result => result;
        Assert.Null(Table.Flush());
        Assert.All(Create([Rule(1), Rule(2)]), result => Assert.NotNull(result.Handle));
        Assert.Equal(2, _nic.Count);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("pull")]
    public void Goes_on_when_the_queue_fails_for_a_moment(string call)
    {
        int failures = 0;
        _nic.Fault = (what, _) => what == call && failures++ < 2 ? RejectReason.Busy : null;
        Assert.All(Create([Rule(1), Rule(2)]), result => Assert.NotNull(result.Handle));
        Assert.False(Table.NeedsFlush);
    }

    private FlowCreateResult[] Create(IEnumerable<FlowSpec> rules)
    {
        FlowSpec[] specs = [.. rules];
        FlowCreateResult[] results = new FlowCreateResult[specs.Length];
        Assert.Equal(specs.Length, Table.Create(specs, results));
        return results;
    }

    private FlowSpec Rule(int host, uint priority = 1, int bits = 32, uint? jump = null)
    {
        uint address = (0x0a000000u + (uint)host) >> (32 - bits) << (32 - bits);
        return _rules.TryGetValue((host, priority, bits, jump), out FlowSpec? known) ? known
            : _rules[(host, priority, bits, jump)] = new FlowSpec(
                new FlowAttr(3, priority),
                [new EthItem(), new Ipv4Item(Dst: FieldMatch.Prefix(address, bits))],
                [jump is { } group ? new JumpAction(group) : new DropAction()]);
    }

}
