using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using NetPolNic.Cluster.Wire;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>
/// One instance each of what many pods have in common: label sets, namespace and node names, lists of ports and of node
/// addresses. It holds what it has seen until a rebuild leaves only what is still in use. One thread.
/// </summary>
internal sealed class SharedValues
{
    private const int StackChars = 256;

    /// <summary>Below this nothing is worth a rebuild.</summary>
    private const int RebuildMin = 4096;

    private readonly HashSet<string> _strings = new(StringComparer.Ordinal);
    private readonly HashSet<ImmutableSortedDictionary<string, string>> _labels = new(LabelSetComparer.Instance);
    private readonly HashSet<ImmutableArray<NamedPort>> _ports = new(new ListComparer<NamedPort>());
    private readonly HashSet<ImmutableArray<IpAddr>> _addresses = new(new ListComparer<IpAddr>());
    private List<KeyValuePair<string, string>> _pairs = [];
    private int _rebuildAt = RebuildMin;

    /// <summary>Values held.</summary>
    public int Count => _strings.Count + _labels.Count + _ports.Count + _addresses.Count;

    /// <summary>Whether it has grown to twice what was in use at the last rebuild.</summary>
    public bool WantsRebuild => Count > _rebuildAt;

    /// <summary>The shared text of the JSON string that the reader is at.</summary>
    public string Text(ref Utf8JsonReader reader)
    {
        int length = reader.HasValueSequence ? (int)reader.ValueSequence.Length : reader.ValueSpan.Length;
        char[]? rented = length > StackChars ? ArrayPool<char>.Shared.Rent(length) : null;
        Span<char> chars = rented ?? stackalloc char[StackChars];
        try
        {
            return Text(chars[..reader.CopyString(chars)]);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a string is no valid text", e);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    /// <summary>From a field's name: the shared text of its value; null where it is no string.</summary>
    public string? Field(ref Utf8JsonReader reader) =>
        JsonFields.ToScalar(ref reader, JsonTokenType.String) ? Text(ref reader) : null;

    public string Text(ReadOnlySpan<char> text)
    {
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = _strings.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(text, out string? shared))
        {
            shared = text.ToString();
            _strings.Add(shared);
        }

        return shared;
    }

    /// <summary>From a field's name: the label set that is its value, empty where it is none.</summary>
    public ImmutableSortedDictionary<string, string> Labels(ref Utf8JsonReader reader)
    {
        _pairs.Clear();
        if (JsonFields.EnterObject(ref reader))
        {
            while (JsonFields.Next(ref reader))
            {
                string key = Text(ref reader);
                string value = Field(ref reader) ?? "";
                int known = _pairs.FindIndex(pair => (object)pair.Key == key);
                if (known >= 0)
                {
                    _pairs[known] = new(key, value);
                }
                else
                {
                    _pairs.Add(new(key, value));
                }
            }
        }

        _pairs.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var lookup = _labels.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, string>>>();
        ReadOnlySpan<KeyValuePair<string, string>> pairs = CollectionsMarshal.AsSpan(_pairs);
        if (!lookup.TryGetValue(pairs, out ImmutableSortedDictionary<string, string>? shared))
        {
            lookup.Add(pairs);
            lookup.TryGetValue(pairs, out shared);
        }

        return shared!;
    }

    public ImmutableArray<NamedPort> Ports(List<NamedPort> ports) => Share(_ports, CollectionsMarshal.AsSpan(ports));

    public ImmutableArray<IpAddr> Addresses(ReadOnlySpan<IpAddr> addresses) => Share(_addresses, addresses);

    /// <summary>Forgets all but what these pods use.</summary>
    public void Rebuild(IEnumerable<Pod> pods)
    {
        Clear();
        foreach (Pod pod in pods)
        {
            _strings.Add(pod.Namespace);
            _addresses.Add(pod.NodeAddresses);
            _ports.Add(pod.Ports);
            foreach (NamedPort port in pod.Ports)
            {
                _strings.Add(port.Name);
            }

            if (pod.NodeName is not null)
            {
                _strings.Add(pod.NodeName);
            }

            KeepLabels(pod.Labels);
        }

        Trim();
    }

    /// <summary>Forgets all but what these namespaces use.</summary>
    public void Rebuild(IEnumerable<Namespace> namespaces)
    {
        Clear();
        foreach (Namespace ns in namespaces)
        {
            KeepLabels(ns.Labels);
        }

        Trim();
    }

    private void KeepLabels(ImmutableSortedDictionary<string, string> labels)
    {
        if (!_labels.Add(labels))
        {
            return;
        }

        foreach ((string key, string value) in labels)
        {
            _strings.Add(key);
            _strings.Add(value);
        }
    }

    private void Clear()
    {
        _strings.Clear();
        _labels.Clear();
        _ports.Clear();
        _addresses.Clear();
        _pairs = [];
    }

    private void Trim()
    {
        _strings.TrimExcess();
        _labels.TrimExcess();
        _rebuildAt = Math.Max(RebuildMin, 2 * Count);
    }

    private static ImmutableArray<T> Share<T>(HashSet<ImmutableArray<T>> known, ReadOnlySpan<T> items)
    {
        HashSet<ImmutableArray<T>>.AlternateLookup<ReadOnlySpan<T>> lookup = known.GetAlternateLookup<ReadOnlySpan<T>>();
        if (!lookup.TryGetValue(items, out ImmutableArray<T> shared))
        {
            shared = [.. items];
            known.Add(shared);
        }

        return shared;
    }
}
