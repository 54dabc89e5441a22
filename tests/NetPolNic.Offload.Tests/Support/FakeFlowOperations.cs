using Dpdk.Flow;
using NetPolNic.Offload.Apply;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// A NIC's templates and its flow queue in memory: what was pushed is carried out the last first, partly with the push and
/// partly with the pulls. Fails when told to, as calls and as operations, and takes no misuse.
/// </summary>
internal sealed class FakeFlowOperations : IFlowOperations, IFakeNic
{
    private static readonly FlowSpec s_none = new(new FlowAttr(), [], []);

    private const int Enospc = 28;

    private readonly int _size;
    private readonly bool _saysFull;
    private readonly List<Rule> _rules = [];
    private readonly HashSet<Rule> _handles = [];
    private readonly HashSet<ShapeTable> _tables = [];
    private readonly List<Op> _stored = [];
    private readonly List<Op> _pushed = [];
    private readonly Queue<FlowOpResult> _done = [];
    private readonly AsyncFlowTable _table;

    /// <param name="size">Rules that fit.</param>
    /// <param name="queue">Operations that its queue is said to hold.</param>
    /// <param name="saysFull">A rule too many is refused when it is enqueued; else its result says no, and not why.</param>
    internal FakeFlowOperations(int size = int.MaxValue, int queue = 16, bool saysFull = true)
    {
        _size = size;
        _saysFull = saysFull;
        QueueRoom = queue;
        Size = queue;
        _table = new AsyncFlowTable(this, TimeProvider.System);
    }

    public int Size { get; }

    public IFlowTable Table => _table;

    public Func<string, FlowSpec, RejectReason?> Fault { get; set; } = (_, _) => null;

    public Action Changed { get; set; } = () => { };

    public IEnumerable<FlowSpec> Rules => _rules.Select(rule => rule.Spec);

    public int Count => _rules.Count;

    public int Calls { get; private set; }

    public bool IsInOrder => false;

    /// <summary>Operations that its queue really holds.</summary>
    internal int QueueRoom { get; init; }

    /// <summary>Rules that a table is made for at most.</summary>
    internal int TableRoom { get; init; } = int.MaxValue;

    /// <summary>What is told of a result.</summary>
    internal Func<FlowOpResult, FlowOpResult> Told { get; set; } = result => result;

    /// <summary>Rules with handles, such as were rejected included.</summary>
    internal int Handles => _handles.Count;

    /// <summary>Template tables.</summary>
    internal int Tables => _tables.Count;

    public (object? Table, RuleRejection? Rejection) CreateTable(FlowSpec shape, int capacity)
    {
        if (Fails("table", shape) is { } rejection)
        {
            return (null, rejection with { IsOfTemplates = true });
        }

        if (capacity > TableRoom)
        {
            return (null, Rejection(RejectReason.TableFull, Enospc) with { IsOfTemplates = true });
        }

        ShapeTable table = new(FlowShape.Of(shape), capacity);
        _tables.Add(table);
        return (table, null);
    }

    public RuleRejection? DestroyTable(object table)
    {
        Assert.Contains((ShapeTable)table, _tables);
        Assert.DoesNotContain(_handles, rule => rule.Table == table);
        Assert.DoesNotContain(_rules, rule => rule.Table == table);
        if (Fails("untable", s_none) is { } rejection)
        {
            return rejection;
        }

        _tables.Remove((ShapeTable)table);
        return null;
    }

    public FlowCreateResult EnqueueCreate(object table, FlowSpec spec, nint token)
    {
        ShapeTable of = (ShapeTable)table;
        Assert.Contains(of, _tables);
        Assert.Equal(of.Shape.Attr, spec.Attr);
        Assert.Equal(TestpmdSyntax.Format(of.Shape, 0), TestpmdSyntax.Format(FlowShape.Of(spec), 0));
        int coming = _stored.Concat(_pushed).Count(op => !op.Destroys);
        RuleRejection? rejection = Fails("create", spec) ??
            (_stored.Count + _pushed.Count + _done.Count >= QueueRoom || (_saysFull && _rules.Count + coming >= _size)
                ? Rejection(RejectReason.TableFull, Enospc) : null);
        if (rejection is not null)
        {
            return new FlowCreateResult(null, rejection);
        }

        Rule rule = new(spec, of);
        _handles.Add(rule);
        Assert.True(_handles.Count(other => other.Table == of) <= of.Capacity, "too many rules for the table");
        _stored.Add(new Op(rule, token, Destroys: false));
        return new FlowCreateResult(rule, null);
    }

    public RuleRejection? EnqueueDestroy(object handle, nint token)
    {
        Rule rule = (Rule)handle;
        Assert.True(_handles.Contains(rule), "a void handle");
        Assert.DoesNotContain(_stored.Concat(_pushed), op => op.Rule == rule);
        if (Fails("destroy", rule.Spec) is { } rejection)
        {
            return rejection;
        }

        if (_stored.Count + _pushed.Count + _done.Count >= QueueRoom)
        {
            return Rejection(RejectReason.TableFull, Enospc);
        }

        _handles.Remove(rule);
        _stored.Add(new Op(rule, token, Destroys: true));
        return null;
    }

    public RuleRejection? Push()
    {
        if (Fails("push", s_none) is { } rejection)
        {
            return rejection;
        }

        _pushed.InsertRange(0, _stored.AsEnumerable().Reverse());
        _stored.Clear();
        CarryOut(_pushed.Count / 2);
        return null;
    }

    public FlowPullResult Pull(Span<FlowOpResult> results)
    {
        if (Fails("pull", s_none) is { } rejection)
        {
            return new FlowPullResult(0, rejection);
        }

        CarryOut((_pushed.Count + 1) / 2);
        int count = 0;
        while (count < results.Length && count < 5 && _done.TryDequeue(out FlowOpResult result))
        {
            results[count++] = Told(result);
        }

        return new FlowPullResult(count, null);
    }

    public FlowCountResult QueryCount(object handle) => new(new FlowCounters(7, 700), null);

    public RuleRejection? Flush()
    {
        if (Fails("flush", s_none) is { } rejection)
        {
            return rejection;
        }

        Lose();
        Changed();
        return null;
    }

    public void Lose()
    {
        _rules.Clear();
        _handles.Clear();
        _tables.Clear();
        _stored.Clear();
        _pushed.Clear();
        _done.Clear();
    }

    private void CarryOut(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Op op = _pushed[0];
            _pushed.RemoveAt(0);
            bool succeeds = Fails(op.Destroys ? "destroyed" : "created", op.Rule.Spec) is null;
            if (succeeds && op.Destroys)
            {
                _rules.Remove(op.Rule);
            }
            else if (succeeds && (_rules.Count >= _size || _rules.Exists(rule => IsSame(rule.Spec, op.Rule.Spec))))
            {
                succeeds = false;
            }
            else if (succeeds)
            {
                _rules.Add(op.Rule);
            }

            _done.Enqueue(new FlowOpResult(op.Token, succeeds));
            Changed();
        }
    }

    private RuleRejection? Fails(string call, FlowSpec spec)
    {
        Calls++;
        return Fault(call, spec) is { } reason ? Rejection(reason) : null;
    }

    private static bool IsSame(FlowSpec x, FlowSpec y) =>
        x.Attr == y.Attr && TestpmdSyntax.FormatPattern(x.Pattern) == TestpmdSyntax.FormatPattern(y.Pattern);

    private static RuleRejection Rejection(RejectReason reason, int errno = 5) =>
        new(reason, FlowErrorType.Unspecified, -1, errno, "fault");

    private sealed class Rule(FlowSpec spec, ShapeTable table)
    {
        internal FlowSpec Spec { get; } = spec;

        internal ShapeTable Table { get; } = table;
    }

    private sealed class ShapeTable(FlowSpec shape, int capacity)
    {
        internal FlowSpec Shape { get; } = shape;

        internal int Capacity { get; } = capacity;
    }

    private sealed record Op(Rule Rule, nint Token, bool Destroys);
}
