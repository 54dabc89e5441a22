using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Wire;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>
/// Reads what policy needs of a v1 Pod straight from its JSON, to the same result as <see cref="PodMapper"/>. One thread.
/// </summary>
internal sealed class PodReader(SharedValues shared)
{
    private readonly List<NamedPort> _ports = [];
    private readonly List<NamedPort> _sidecarPorts = [];
    private readonly List<NamedPort> _containerPorts = [];
    private readonly List<string?> _podIps = [];
    private readonly List<string?> _hostIps = [];
    private readonly List<IpAddr> _addresses = [];
    private ObjectMetadata _metadata;
    private string? _nodeName;
    private bool _hostNetwork;
    private string? _phase;
    private string? _podIp;
    private string? _hostIp;

    /// <exception cref="JsonException">This is no object, or one without a name.</exception>
    public Pod Read(ReadOnlySpan<byte> json, out string resourceVersion)
    {
        Reset();
        Utf8JsonReader reader = JsonFields.Open(json);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                _metadata = ObjectMetadata.Read(ref reader, shared);
            }
            else if (reader.ValueTextEquals("spec"u8))
            {
                ReadSpec(ref reader);
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                ReadStatus(ref reader);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        resourceVersion = _metadata.ResourceVersion ?? "";
        string name = _metadata.RequireName("pod");
        string ns = string.IsNullOrEmpty(_metadata.Namespace) ? ObjectNames.DefaultNamespace : _metadata.Namespace;
        _ports.AddRange(_sidecarPorts);
        return new Pod(
            string.IsNullOrEmpty(_metadata.Uid) ? $"{ns}/{name}" : _metadata.Uid,
            ns,
            name,
            _metadata.Labels ?? ImmutableSortedDictionary<string, string>.Empty,
            string.IsNullOrEmpty(_nodeName) ? null : _nodeName,
            _hostNetwork,
            _phase is "Succeeded" or "Failed",
            [.. Addresses(_podIp, _podIps)],
            shared.Addresses(Addresses(_hostIp, _hostIps)),
            shared.Ports(_ports));
    }

    private void Reset()
    {
        _metadata = default;
        (_nodeName, _hostNetwork, _phase, _podIp, _hostIp) = (null, false, null, null, null);
        _ports.Clear();
        _sidecarPorts.Clear();
        _podIps.Clear();
        _hostIps.Clear();
    }

    private void ReadSpec(ref Utf8JsonReader reader)
    {
        if (!JsonFields.EnterObject(ref reader))
        {
            return;
        }

        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("nodeName"u8))
            {
                _nodeName = shared.Field(ref reader);
            }
            else if (reader.ValueTextEquals("hostNetwork"u8))
            {
                _hostNetwork = JsonFields.ToScalar(ref reader, JsonTokenType.True);
            }
            else if (reader.ValueTextEquals("containers"u8))
            {
                ReadContainers(ref reader, _ports, onlySidecars: false);
            }
            else if (reader.ValueTextEquals("initContainers"u8))
            {
                ReadContainers(ref reader, _sidecarPorts, onlySidecars: true);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }
    }

    private void ReadContainers(ref Utf8JsonReader reader, List<NamedPort> ports, bool onlySidecars)
    {
        ports.Clear();
        if (!JsonFields.EnterList(ref reader))
        {
            return;
        }

        while (JsonFields.NextItem(ref reader))
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            bool keepsRunning = ReadContainer(ref reader);
            if (keepsRunning || !onlySidecars)
            {
                ports.AddRange(_containerPorts);
            }
        }
    }

    /// <summary>Reads a container's ports; returns whether it is restarted always.</summary>
    private bool ReadContainer(ref Utf8JsonReader reader)
    {
        _containerPorts.Clear();
        bool isRestarted = false;
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("ports"u8))
            {
                _containerPorts.Clear();
                ReadPorts(ref reader);
            }
            else if (reader.ValueTextEquals("restartPolicy"u8))
            {
                isRestarted = JsonFields.ToScalar(ref reader, JsonTokenType.String) && reader.ValueTextEquals("Always"u8);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return isRestarted;
    }

    private void ReadPorts(ref Utf8JsonReader reader)
    {
        if (!JsonFields.EnterList(ref reader))
        {
            return;
        }

        while (JsonFields.NextItem(ref reader))
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadPort(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadPort(ref Utf8JsonReader reader)
    {
        (string? name, string? protocol, int number) = (null, null, 0);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                name = shared.Field(ref reader);
            }
            else if (reader.ValueTextEquals("protocol"u8))
            {
                protocol = shared.Field(ref reader);
            }
            else if (reader.ValueTextEquals("containerPort"u8))
            {
                bool isRead = JsonFields.ToScalar(ref reader, JsonTokenType.Number) && reader.TryGetInt32(out number);
                number = isRead ? number : 0;
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        L4Proto? proto = Protocols.Parse(string.IsNullOrEmpty(protocol) ? null : protocol, false);
        if (!string.IsNullOrEmpty(name) && proto is not null && number is >= 1 and <= ushort.MaxValue)
        {
            _containerPorts.Add(new NamedPort(name, proto.Value, (ushort)number));
        }
    }

    private void ReadStatus(ref Utf8JsonReader reader)
    {
        if (!JsonFields.EnterObject(ref reader))
        {
            return;
        }

        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("phase"u8))
            {
                _phase = shared.Field(ref reader);
            }
            else if (reader.ValueTextEquals("podIP"u8))
            {
                _podIp = JsonFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("hostIP"u8))
            {
                _hostIp = JsonFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("podIPs"u8))
            {
                ReadIps(ref reader, _podIps);
            }
            else if (reader.ValueTextEquals("hostIPs"u8))
            {
                ReadIps(ref reader, _hostIps);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }
    }

    private static void ReadIps(ref Utf8JsonReader reader, List<string?> texts)
    {
        texts.Clear();
        if (!JsonFields.EnterList(ref reader))
        {
            return;
        }

        while (JsonFields.NextItem(ref reader))
        {
            string? text = null;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (JsonFields.Next(ref reader))
            {
                if (reader.ValueTextEquals("ip"u8))
                {
                    text = JsonFields.ReadString(ref reader);
                }
                else
                {
                    JsonFields.SkipValue(ref reader);
                }
            }

            texts.Add(text);
        }
    }

    private ReadOnlySpan<IpAddr> Addresses(string? single, List<string?> list)
    {
        _addresses.Clear();
        PodMapper.CollectAddresses(single, list, _addresses);
        return CollectionsMarshal.AsSpan(_addresses);
    }
}
