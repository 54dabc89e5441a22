using System.Runtime.CompilerServices;
using Dpdk.Errors;
using Dpdk.Ethdev;
using Dpdk.Raw;

namespace Dpdk.Flow;

/// <summary>
/// The synchronous rte_flow interface of one port. What a driver refuses comes back as a value; only a closed port or a
/// malformed <see cref="FlowSpec"/> throws. Calls are serialised.
/// </summary>
public sealed unsafe class FlowApi
{
    private readonly EthPort _port;
    private readonly CallGate _calls = new();
    private readonly InstalledRules _rules = new();
    private readonly NativeFlowBuffer _buffer = new();

    internal FlowApi(EthPort port)
    {
        _port = port;
    }

    /// <summary>The port's flow queue; null before <see cref="ConfigureQueue"/>.</summary>
    public AsyncFlowApi? Async { get; private set; }

    /// <summary>The rules installed through this object and its queue, in no order.</summary>
    public IReadOnlyList<FlowRule> Rules
    {
        get
        {
            using (_calls.Enter())
            {
                return _rules.ToArray();
            }
        }
    }

    /// <summary>
    /// What the configured port has for rules by templates; null where its driver has nothing of the kind, and then none of
    /// those functions is to be called.
    /// </summary>
    public FlowQueueLimits? QueueLimits()
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            rte_flow_port_info port = default;
            rte_flow_queue_info queue = default;
            int result = RteFlowAsync.rte_flow_info_get(_port.Id, &port, &queue, &error);
            return result < 0 || port.max_nb_queues == 0 || queue.max_size == 0
                ? null : new FlowQueueLimits(port.max_nb_queues, queue.max_size, port.max_nb_counters);
        }
    }

    /// <summary>
    /// Gives the configured port, before it is started, a flow queue; null on success. Only where
    /// <see cref="QueueLimits"/> says that it can have one.
    /// </summary>
    /// <param name="size">Operations that are to be on their way at once, at most.</param>
    /// <param name="counters">Rules that are to have counters, at most.</param>
    public RuleRejection? ConfigureQueue(uint size, uint counters)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            rte_flow_port_attr attr = new() { nb_counters = counters };
            rte_flow_queue_attr queue = new() { size = size };
            rte_flow_queue_attr* queues = &queue;
            int result = RteFlowAsync.rte_flow_configure(_port.Id, &attr, 1, &queues, &error);
            if (result < 0)
            {
                return Rejections.From(-result, in error);
            }

            Async = new AsyncFlowApi(_port, _calls, _rules, size);
            return null;
        }
    }

    /// <summary>
    /// Asks whether the port would take the rule now. Null: yes, which promises nothing about a later create.
    /// </summary>
    /// <exception cref="ArgumentException">A value of the spec does not fit its field.</exception>
    public RuleRejection? Validate(FlowSpec spec)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            ref readonly NativeFlowRule native = ref _buffer.Write(spec);
            rte_flow_error error = default;
            int result = RteFlow.rte_flow_validate(_port.Id, native.Attr, native.Pattern, native.Actions, &error);
            return result < 0 ? Rejections.From(-result, in error, in native) : null;
        }
    }

    /// <summary>Installs a rule.</summary>
    /// <exception cref="ArgumentException">A value of the spec does not fit its field.</exception>
    public FlowInstallResult Create(FlowSpec spec)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            ref readonly NativeFlowRule native = ref _buffer.Write(spec);
            rte_flow_error error = default;
            void* handle = CallCreate(_port.Id, in native, &error);
            if (handle == null)
            {
                return new FlowInstallResult(null, Rejections.From(RteErrno.Current, in error, in native));
            }

            FlowRule rule = new(spec, _port.Id, handle);
            _rules.Add(rule);
            return new FlowInstallResult(rule, null);
        }
    }

    /// <summary>Removes a rule; null on success, also for a rule that is gone already.</summary>
    /// <exception cref="ArgumentException">The rule is another port's, or its queue's.</exception>
    public RuleRejection? Destroy(FlowRule rule)
    {
        using (_calls.Enter())
        {
            EnsureOwn(rule);
            if (rule.IsQueued)
            {
                throw new ArgumentException("the rule is the flow queue's", nameof(rule));
            }

            if (!rule.IsInstalled)
            {
                return null;
            }

            rte_flow_error error = default;
            int result = CallDestroy(_port.Id, rule.Handle, &error);
            if (result < 0)
            {
                return Rejections.From(-result, in error);
            }

            _rules.Remove(rule);
            rule.Handle = null;
            return null;
        }
    }

    /// <summary>Removes every rule of the port, whoever installed it; null on success.</summary>
    public RuleRejection? Flush()
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            int result = RteFlow.rte_flow_flush(_port.Id, &error);
            if (result < 0)
            {
                return Rejections.From(-result, in error);
            }

            ForgetUnsynchronized();
            return null;
        }
    }

    /// <summary>Reads a rule's COUNT action.</summary>
    /// <param name="rule">A rule of this port that has the action.</param>
    /// <param name="reset">Sets the counters to 0 after reading.</param>
    public FlowQueryResult QueryCount(FlowRule rule, bool reset = false)
    {
        using (_calls.Enter())
        {
            EnsureOwn(rule);
            if (!rule.IsInstalled)
            {
                return new FlowQueryResult(null, Rejections.Gone());
            }

            rte_flow_error error = default;
            rte_flow_query_count data = default;
            data.reset = reset ? 1u : 0u;
            rte_flow_action* actions = stackalloc rte_flow_action[2];
            actions[0] = new rte_flow_action { type = rte_flow_action_type.RTE_FLOW_ACTION_TYPE_COUNT };
            actions[1] = default;
            int result = RteFlow.rte_flow_query(_port.Id, rule.Handle, actions, &data, &error);
            return result < 0
                ? new FlowQueryResult(null, Rejections.From(-result, in error))
                : new FlowQueryResult(
                    new FlowCounters(data.hits_set != 0 ? data.hits : 0, data.bytes_set != 0 ? data.bytes : 0), null);
        }
    }

    /// <summary>Makes the port receive only what rules steer to it, or ends that; null on success.</summary>
    public RuleRejection? Isolate(bool enabled)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            int result = RteFlow.rte_flow_isolate(_port.Id, enabled ? 1 : 0, &error);
            return result < 0 ? Rejections.From(-result, in error) : null;
        }
    }

    /// <summary>Has the driver write its rules, in its own format, to a file; null on success.</summary>
    /// <exception cref="DpdkException">The file cannot be written.</exception>
    public RuleRejection? Dump(string path)
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            using NativeFile file = NativeFile.OpenForWriting(path);
            rte_flow_error error = default;
            int result = RteFlow.rte_flow_dev_dump(_port.Id, null, file.Stream, &error);
            return result < 0 ? Rejections.From(-result, in error) : null;
        }
    }

    /// <summary>
    /// The rules whose AGE action has expired; none where the driver has no such list. Whether a rule is named again in
    /// the next call, until it is destroyed, is up to the driver.
    /// </summary>
    /// <exception cref="EthPortException">The driver failed otherwise.</exception>
    public IReadOnlyList<FlowRule> GetAged()
    {
        using (_calls.Enter())
        {
            _port.EnsureOpen();
            rte_flow_error error = default;
            int count = RteFlow.rte_flow_get_aged_flows(_port.Id, null, 0, &error);
            if (count is -ErrnoText.ENOSYS or -ErrnoText.ENOTSUP or 0)
            {
                return [];
            }

            _port.Check(count, "rte_flow_get_aged_flows", NativeText.ReadOrNull(error.message));
            var handles = new nint[count];
            fixed (nint* contexts = handles)
            {
                count = RteFlow.rte_flow_get_aged_flows(_port.Id, (void**)contexts, (uint)count, &error);
            }

            _port.Check(count, "rte_flow_get_aged_flows", NativeText.ReadOrNull(error.message));
            HashSet<nint> aged = [.. handles.Take(count)];
            return [.. _rules.ToArray().Where(rule => aged.Contains((nint)rule.Handle))];
        }
    }

    /// <summary>
    /// Removes this object's rules before the port stops: drivers free them then, and handles would dangle.
    /// </summary>
    internal void FlushBeforeStop()
    {
        using (_calls.Enter())
        {
            if (_rules.Count > 0 || Async is { TableCount: > 0 })
            {
                rte_flow_error error = default;
                _ = RteFlow.rte_flow_flush(_port.Id, &error);
                ForgetUnsynchronized();
            }
        }
    }

    // The compiler builds the way into native code into a method only where that has no try, and a visit is one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* CallCreate(ushort ethPortId, in NativeFlowRule native, rte_flow_error* error) =>
        RteFlow.rte_flow_create(ethPortId, native.Attr, native.Pattern, native.Actions, error);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CallDestroy(ushort ethPortId, void* handle, rte_flow_error* error) =>
        RteFlow.rte_flow_destroy(ethPortId, handle, error);

    private void ForgetUnsynchronized()
    {
        foreach (FlowRule rule in _rules.ToArray())
        {
            rule.Handle = null;
        }

        _rules.Clear();
        Async?.ForgetUnsynchronized();
    }

    private void EnsureOwn(FlowRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (rule.EthPortId != _port.Id)
        {
            throw new ArgumentException($"the rule is on port id {rule.EthPortId}, not {_port.Id}", nameof(rule));
        }

        if (rule.IsInstalled)
        {
            _port.EnsureOpen();
        }
    }
}
