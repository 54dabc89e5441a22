using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Dpdk.Flow;

/// <summary>
/// Native memory for one rule at a time. A rule like the last one, with as many items and the same list of actions, is
/// written over it, and only the items that are other objects: rules of one kind cost what tells them apart. One call
/// at a time.
/// </summary>
internal sealed unsafe class NativeFlowBuffer
{
    private const int LeastBytes = 2048;

    private byte* _memory;
    private int _bytes;
    private NativeFlowRule _rule;
    private ImmutableArray<FlowItem> _pattern;
    private ImmutableArray<FlowAction> _actions;
    private bool _isWritten;

    ~NativeFlowBuffer() => NativeMemory.AlignedFree(_memory);

    /// <summary>Writes a rule; what was written before is lost.</summary>
    /// <exception cref="ArgumentException">As of <see cref="NativeFlowRule"/>.</exception>
    internal ref readonly NativeFlowRule Write(FlowSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool isAlike = _isWritten && spec.Actions == _actions && !spec.Pattern.IsDefault && !_pattern.IsDefault &&
            spec.Pattern.Length == _pattern.Length;

        // A value that does not fit leaves half a rule behind: nothing is to be built on that.
        _isWritten = false;
        if (isAlike)
        {
            _rule.Rewrite(spec, _pattern);
        }
        else
        {
            _rule = new NativeFlowRule(spec, this);
        }

        _pattern = spec.Pattern;
        _actions = spec.Actions;
        _isWritten = true;
        return ref _rule;
    }

    /// <summary>At least so many bytes, aligned as <see cref="NativeFlowRule.BlockBytes"/>; what was there is lost.</summary>
    internal byte* Take(int bytes)
    {
        if (bytes > _bytes)
        {
            NativeMemory.AlignedFree(_memory);
            _bytes = Math.Max(bytes, LeastBytes);
            _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, NativeFlowRule.BlockBytes);
        }

        return _memory;
    }
}
