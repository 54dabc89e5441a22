using Dpdk.Errors;
using Dpdk.Ethdev;
using Dpdk.Raw;

namespace Dpdk.Flow;

/// <summary>
/// The rte_flow interface of templates and queues of one port, with one queue. Operations are enqueued, pushed, and their
/// results pulled; rte_flow promises no order between those that are on their way. A rule that was enqueued is to be
/// destroyed even if its result says that it was not created. Calls are serialised with those of <see cref="FlowApi"/>.
/// </summary>
public sealed unsafe class AsyncFlowApi
{
    private const uint Queue = 0;

    private readonly EthPort _port;
    private readonly CallGate _calls;
    private readonly InstalledRules _rules;
    private readonly NativeFlowBuffer _buffer = new();
    private readonly HashSet<TemplateTable> _tables = [];
    private readonly rte_flow_op_result[] _results;

    internal AsyncFlowApi(EthPort port, CallGate calls, InstalledRules rules, uint size)
    {
        _port = port;
        _calls = calls;
        _rules = rules;
        Size = (int)size;
        _results = new rte_flow_op_result[Size];
    }

    /// <summary>Operations that can be on their way at once.</summary>
    public int Size { get; }

    /// <summary>Operations whose results have not been pulled.</summary>
    public int InFlight { get; private set; }

    /// <summary>Template tables that the driver holds, such as could not be destroyed included.</summary>
    public int TableCount => _tables.Count;

    /// <summary>Makes a table for rules that differ from a given one by values only.</summary>
    /// <param name="shape">Where the rules stand, the items and masks of their patterns, the kinds of their actions.</param>
    /// <param name="capacity">Rules that it is to hold at most.</param>
    /// <exception cref="ArgumentException">A value of the spec does not fit its field.</exception>
    public TemplateTableResult CreateTable(FlowSpec shape, uint capacity)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            TemplateTable table = new(capacity);
            if (Make(table, shape) is { } refusal)
            {
                // What was made of it goes; what does not is asked again by the next flush.
                _ = Unmake(table) is null || _tables.Add(table);
                return new TemplateTableResult(null, refusal with { IsOfTemplates = true });
            }

            _tables.Add(table);
            return new TemplateTableResult(table, null);
        }
    }

    /// <summary>
    /// Asks whether the port would have a table for rules like one: null: yes, which says nothing about values.
    /// </summary>
    /// <exception cref="ArgumentException">A value of the spec does not fit its field.</exception>
    public RuleRejection? Validate(FlowSpec spec)
    {
        TemplateTableResult result = CreateTable(spec, 1);
        return result.Table is { } table ? DestroyTable(table) : result.Rejection;
    }

    /// <summary>Removes a table without rules; null on success. One that was refused can be tried again.</summary>
    public RuleRejection? DestroyTable(TemplateTable table)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            RuleRejection? rejection = _tables.Contains(table) ? Unmake(table) : null;
            if (rejection is null)
            {
                _tables.Remove(table);
            }

            return rejection;
        }
    }

    /// <summary>Enqueues a creation. The rule is in force at some time between the push and its result.</summary>
    /// <param name="table">A table of the rule's shape.</param>
    /// <param name="spec">The rule.</param>
    /// <param name="token">Comes back with the result.</param>
    /// <exception cref="ArgumentException">A value of the spec does not fit its field.</exception>
    public FlowInstallResult EnqueueCreate(TemplateTable table, FlowSpec spec, nint token)
    {
        ArgumentNullException.ThrowIfNull(table);
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            ref readonly NativeFlowRule native = ref _buffer.Write(spec);
            rte_flow_error error = default;
            rte_flow_op_attr attr = new() { postpone = 1 };
            void* handle = RteFlowAsync.rte_flow_async_create(
                _port.Id, Queue, &attr, table.Handle, native.Pattern, 0, native.Actions, 0, (void*)token, &error);
            if (handle == null)
            {
                return new FlowInstallResult(null, Rejections.From(RteErrno.Current, in error, in native));
            }

            FlowRule rule = new(spec, _port.Id, handle) { IsQueued = true };
            _rules.Add(rule);
            InFlight++;
            return new FlowInstallResult(rule, null);
        }
    }

    /// <summary>
    /// Enqueues a destruction; null on success, and the rule's handle is void then: if the result says that it failed, the
    /// rule is where it was until a flush. The result of the rule's creation must have been pulled.
    /// </summary>
    public RuleRejection? EnqueueDestroy(FlowRule rule, nint token)
    {
        ArgumentNullException.ThrowIfNull(rule);
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            if (!rule.IsInstalled)
            {
                return Rejections.Gone();
            }

            rte_flow_error error = default;
            rte_flow_op_attr attr = new() { postpone = 1 };
            int result = RteFlowAsync.rte_flow_async_destroy(
                _port.Id, Queue, &attr, rule.Handle, (void*)token, &error);
            if (result < 0)
            {
                return Rejections.From(-result, in error);
            }

            _rules.Remove(rule);
            rule.Handle = null;
            InFlight++;
            return null;
        }
    }

    /// <summary>Has the port begin with everything that was enqueued; null on success.</summary>
    public RuleRejection? Push()
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            int result = RteFlowAsync.rte_flow_push(_port.Id, Queue, &error);
            return result < 0 ? Rejections.From(-result, in error) : null;
        }
    }

    /// <summary>Fetches results, at most as many as there is room for; none does not mean that there will be none.</summary>
    public FlowPullResult Pull(Span<FlowOpResult> results)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            int most = Math.Min(Math.Min(results.Length, _results.Length), ushort.MaxValue);
            int count;
            fixed (rte_flow_op_result* native = _results)
            {
                count = RteFlowAsync.rte_flow_pull(_port.Id, Queue, native, (ushort)most, &error);
            }

            if (count < 0)
            {
                return new FlowPullResult(0, Rejections.From(-count, in error));
            }

            for (int i = 0; i < count; i++)
            {
                results[i] = new FlowOpResult(
                    (nint)_results[i].user_data, _results[i].status == rte_flow_op_status.RTE_FLOW_OP_SUCCESS);
            }

            InFlight -= count;
            return new FlowPullResult(count, null);
        }
    }

    /// <summary>The rules are gone, and what was on its way with them; the tables go, too.</summary>
    internal void ForgetUnsynchronized()
    {
        InFlight = 0;
        _tables.RemoveWhere(table => Unmake(table) is null);
    }

    private RuleRejection? Make(TemplateTable table, FlowSpec shape)
    {
        ref readonly NativeFlowRule native = ref _buffer.Write(shape);
        rte_flow_error error = default;
        rte_flow_pattern_template_attr patternAttr = new()
        {
            ingress = native.Attr->ingress,
            egress = native.Attr->egress,
            transfer = native.Attr->transfer,
        };
        table.Pattern = RteFlowAsync.rte_flow_pattern_template_create(_port.Id, &patternAttr, native.Pattern, &error);
        if (table.Pattern == null)
        {
            return Rejections.From(RteErrno.Current, in error, in native);
        }

        rte_flow_actions_template_attr actionsAttr = new()
        {
            ingress = native.Attr->ingress,
            egress = native.Attr->egress,
            transfer = native.Attr->transfer,
        };
        rte_flow_action* masks = stackalloc rte_flow_action[shape.Actions.Length + 1];
        for (int i = 0; i <= shape.Actions.Length; i++)
        {
            // No configuration here: each rule has its own.
            masks[i] = new rte_flow_action { type = native.Actions[i].type };
        }

        table.Actions = RteFlowAsync.rte_flow_actions_template_create(
            _port.Id, &actionsAttr, native.Actions, masks, &error);
        if (table.Actions == null)
        {
            return Rejections.From(RteErrno.Current, in error, in native);
        }

        rte_flow_template_table_attr tableAttr = new() { flow_attr = *native.Attr, nb_flows = table.Capacity };
        void* pattern = table.Pattern;
        void* actions = table.Actions;
        table.Handle = RteFlowAsync.rte_flow_template_table_create(
            _port.Id, &tableAttr, &pattern, 1, &actions, 1, &error);
        return table.Handle == null ? Rejections.From(RteErrno.Current, in error, in native) : null;
    }

    private RuleRejection? Unmake(TemplateTable table)
    {
        rte_flow_error error = default;
        int result = table.Handle == null
            ? 0 : RteFlowAsync.rte_flow_template_table_destroy(_port.Id, table.Handle, &error);
        table.Handle = result < 0 ? table.Handle : null;
        if (result >= 0 && table.Actions != null)
        {
            result = RteFlowAsync.rte_flow_actions_template_destroy(_port.Id, table.Actions, &error);
            table.Actions = result < 0 ? table.Actions : null;
        }

        if (result >= 0 && table.Pattern != null)
        {
            result = RteFlowAsync.rte_flow_pattern_template_destroy(_port.Id, table.Pattern, &error);
            table.Pattern = result < 0 ? table.Pattern : null;
        }

        return result < 0 ? Rejections.From(-result, in error) : null;
    }
}
