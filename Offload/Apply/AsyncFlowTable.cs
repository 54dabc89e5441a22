using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// The rules of a port by templates and a flow queue. Each call enqueues its operations, pushes them once and pulls until the
/// last has its result: nothing is on its way between two calls. Where that cannot be had, because the port takes no push or
/// gives no results, nobody knows what it holds, and only a flush tells. So it is with a rule whose destruction failed: its
/// handle was void from the moment that this was enqueued. Called from the apply loop's thread only.
/// </summary>
public sealed class AsyncFlowTable : IFlowTable
{
    private const int MostPushes = 3;
    private const int MostFailedPulls = 16;
    private const int Eio = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly IFlowOperations _queue;
    private readonly TimeProvider _time;
    private readonly TemplateTables _tables;
    private readonly bool?[] _outcomes;
    private readonly FlowOpResult[] _results;
    private readonly List<Rule> _rejected = [];
    private int _inFlight;

    /// <param name="queue">The queue.</param>
    /// <param name="time">The clock that says for how long results are waited for.</param>
    public AsyncFlowTable(IFlowOperations queue, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(time);
        _queue = queue;
        _time = time;
        _tables = new TemplateTables(queue);
        _outcomes = new bool?[queue.Size];
        _results = new FlowOpResult[queue.Size];
    }

    public int BatchSize => _queue.Size;

    public bool NeedsFlush { get; private set; }

    public FlowCreateResult Create(FlowSpec spec)
    {
        FlowCreateResult result = default;
        Create(new ReadOnlySpan<FlowSpec>(in spec), new Span<FlowCreateResult>(ref result));
        return result;
    }

    public int Create(ReadOnlySpan<FlowSpec> specs, Span<FlowCreateResult> results)
    {
        if (NeedsFlush)
        {
            results[0] = new FlowCreateResult(null, Unknown());
            return 1;
        }

        RuleKey[] shapes = new RuleKey[specs.Length];
        Dictionary<RuleKey, int> expected = [];
        for (int i = 0; i < specs.Length; i++)
        {
            shapes[i] = RuleKey.Of(FlowShape.Of(specs[i]));
            expected[shapes[i]] = expected.GetValueOrDefault(shapes[i]) + 1;
        }

        Rule?[] rules = new Rule?[specs.Length];
        int tried = 0;
        bool goesOn = true;
        Array.Clear(_outcomes);
        while (tried < specs.Length && goesOn)
        {
            int i = tried++;
            rules[i] = Enqueue(specs[i], shapes[i], expected[shapes[i]]--, i, out RuleRejection? rejection);
            results[i] = new FlowCreateResult(rules[i], rejection);
            goesOn = !NeedsFlush &&
                rejection?.Reason is not (RejectReason.TableFull or RejectReason.NoFlowApi or RejectReason.DeviceGone);
        }

        Settle();
        for (int i = 0; i < tried; i++)
        {
            if (rules[i] is { } rule && _outcomes[i] != true)
            {
                results[i] = new FlowCreateResult(null, _outcomes[i] is null ? Unknown() : Failed("creation"));
                _rejected.Add(rule);
            }
        }

        return tried;
    }

    public RuleRejection? Destroy(object handle)
    {
        RuleRejection? rejection = null;
        Destroy(new ReadOnlySpan<object>(in handle), new Span<RuleRejection?>(ref rejection));
        return rejection;
    }

    public void Destroy(ReadOnlySpan<object> handles, Span<RuleRejection?> rejections)
    {
        if (NeedsFlush)
        {
            rejections[..handles.Length].Fill(Unknown());
            return;
        }

        Array.Clear(_outcomes);
        for (int i = 0; i < handles.Length; i++)
        {
            rejections[i] = NeedsFlush ? Unknown() : EnqueueDestroy((Rule)handles[i], i);
        }

        Settle();
        for (int i = 0; i < handles.Length; i++)
        {
            if (rejections[i] is not null)
            {
                continue;
            }

            Rule rule = (Rule)handles[i];
            if (_outcomes[i] == true)
            {
                _tables.Return(rule.Slot);
            }
            else
            {
                rejections[i] = _outcomes[i] is null ? Unknown() : Failed("destruction");
                NeedsFlush = true;
            }
        }
    }

    /// <summary>Gives back the handles of rules that were rejected, and the tables that are empty.</summary>
    public void Tidy()
    {
        DisposeOfRejected();
        if (!NeedsFlush)
        {
            _tables.RemoveEmpty();
        }
    }

    public FlowCountResult QueryCount(object handle) => _queue.QueryCount(((Rule)handle).Handle);

    public RuleRejection? Flush()
    {
        RuleRejection? rejection = _queue.Flush();
        if (rejection is null)
        {
            Forget();
        }

        return rejection;
    }

    public void Forget()
    {
        _tables.Clear();
        _rejected.Clear();
        _inFlight = 0;
        NeedsFlush = false;
    }

    // There may be no room because of what is on its way: then that is waited for, and the rule asked for once more. So no
    // refusal of the queue that it has no room is ever taken for one of the port's table.
    private Rule? Enqueue(FlowSpec spec, RuleKey shape, int expected, int token, out RuleRejection? rejection)
    {
        if (_tables.Take(shape, spec, expected, out rejection) is not { } slot)
        {
            return null;
        }

        FlowCreateResult result = _queue.EnqueueCreate(slot.Table, spec, token);
        if (result.Handle is null && IsBusy(result.Rejection) && _inFlight > 0)
        {
            result = Settle() ? _queue.EnqueueCreate(slot.Table, spec, token) : new FlowCreateResult(null, Unknown());
        }

        if (result.Handle is null)
        {
            _tables.Return(slot);
            rejection = result.Rejection ?? new RuleRejection(RejectReason.Other, FlowErrorType.None, -1, 0, null);
            return null;
        }

        _inFlight++;
        return new Rule(result.Handle, slot);
    }

    private RuleRejection? EnqueueDestroy(Rule rule, int token)
    {
        RuleRejection? rejection = _queue.EnqueueDestroy(rule.Handle, token);
        if (IsBusy(rejection) && _inFlight > 0)
        {
            rejection = Settle() ? _queue.EnqueueDestroy(rule.Handle, token) : Unknown();
        }

        _inFlight += rejection is null ? 1 : 0;
        return rejection;
    }

    // Rules that the port has rejected are not in it, but their handles take room.
    private void DisposeOfRejected()
    {
        while (_rejected.Count > 0 && !NeedsFlush)
        {
            List<Rule> batch = _rejected[..Math.Min(_rejected.Count, _queue.Size)];
            Array.Clear(_outcomes);
            List<Rule> enqueued = [];
            foreach (Rule rule in batch)
            {
                if (EnqueueDestroy(rule, enqueued.Count) is null)
                {
                    enqueued.Add(rule);
                }
            }

            Settle();

            // A result that says no leaves nothing behind either: there was no rule, and the handle is void.
            foreach (Rule rule in enqueued)
            {
                _rejected.Remove(rule);
                _tables.Return(rule.Slot);
            }

            if (enqueued.Count == 0)
            {
                return;
            }
        }
    }

    /// <summary>Pushes, and pulls until everything has its result; false where that is not to be had.</summary>
    private bool Settle()
    {
        if (_inFlight == 0 || NeedsFlush)
        {
            return !NeedsFlush;
        }

        bool pushed = false;
        for (int i = 0; i < MostPushes && !pushed; i++)
        {
            pushed = _queue.Push() is null;
        }

        long since = _time.GetTimestamp();
        int failures = 0;
        bool isStrange = false;
        SpinWait wait = default;
        while (pushed && _inFlight > 0 && failures < MostFailedPulls && !isStrange)
        {
            FlowPullResult pulled = _queue.Pull(_results);
            failures += pulled.Rejection is null ? 0 : 1;
            foreach (FlowOpResult result in _results.AsSpan(0, pulled.Count))
            {
                if (result.Token < 0 || result.Token >= _outcomes.Length || _outcomes[(int)result.Token] is not null)
                {
                    isStrange = true; // Of nothing that is on its way.
                    continue;
                }

                _outcomes[(int)result.Token] = result.Succeeded;
                _inFlight--;
            }

            if (pulled.Count > 0)
            {
                since = _time.GetTimestamp();
            }
            else if (_time.GetElapsedTime(since) > s_patience)
            {
                break;
            }
            else
            {
                wait.SpinOnce();
            }
        }

        NeedsFlush = _inFlight > 0 || isStrange;
        return !NeedsFlush;
    }

    private static bool IsBusy(RuleRejection? rejection) =>
        rejection is { Reason: RejectReason.TableFull or RejectReason.Busy };

    private static RuleRejection Failed(string what) =>
        new(RejectReason.Other, FlowErrorType.None, -1, 0, $"the {what} failed, and rte_flow does not say why");

    private static RuleRejection Unknown() => new(
        RejectReason.DeviceGone,
        FlowErrorType.None,
        -1,
        Eio,
        "the flow queue does not tell what became of its operations: the port is flushed with the next step");

    /// <summary>A handle with the table that the rule is in.</summary>
    private sealed record Rule(object Handle, TemplateTables.Slot Slot);
}
