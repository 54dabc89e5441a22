using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using k8s;
using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Store;
using NetPolNic.Cluster.Wire;
using NetPolNic.Policy.Model;
using NetPolNic.TestApiServer;

namespace NetPolNic.Cluster.Tests.Kubernetes;

/// <summary>The quick readers give what the typed objects of the Kubernetes client give.</summary>
public sealed class ObjectReaderTests
{
    private static readonly string?[] s_ips = ["10.0.0.1", "10.0.0.2", "fd00::1", "::ffff:10.0.0.9", "nonsense", "", null];

    [Fact]
    public void Any_pod_is_read_as_the_typed_mapping_reads_it()
    {
        Gen.Int.Sample(seed =>
        {
            string json = RandomPod(new Random(seed)).ToJsonString();
            Pod expected = PodMapper.Map(KubernetesJson.Deserialize<V1Pod>(json));

            Pod read = new PodReader(new SharedValues()).Read(Encoding.UTF8.GetBytes(json), out _);

            Assert.True(ObjectEquality.Same(expected, read), $"{json}\n{JsonSerializer.Serialize(read)}");
        });
    }

    [Fact]
    public void A_pod_like_a_real_one_is_read_as_the_typed_mapping_reads_it()
    {
        byte[] json = PodContent.Pod(12345, "77", "v2");
        Pod expected = PodMapper.Map(KubernetesJson.Deserialize<V1Pod>(Encoding.UTF8.GetString(json)));

        Pod read = new PodReader(new SharedValues()).Read(json, out string version);

        Assert.InRange(json.Length, 3000, 6000);
        Assert.True(ObjectEquality.Same(expected, read));
        Assert.Equal(2, read.Ports.Length);
        Assert.Equal(5, read.Labels.Count);
        Assert.Equal("77", version);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a","labels":null,"uid":7},"spec":null,"status":[1,{"podIP":"10.0.0.1"}]}""")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"containers":[null,3,{"ports":[null,{"name":5,"containerPort":"x"}]}],"nodeName":{}}}""")]
    [InlineData("""{"status":{"podIPs":[[],"x",{"ip":[]}],"hostIPs":{}},"metadata":{"name":"a","name":"a","labels":[]}}""")]
    public void Values_of_another_type_are_as_if_they_were_not_there(string json)
    {
        Pod read = new PodReader(new SharedValues()).Read(Encoding.UTF8.GetBytes(json), out _);

        Assert.Equal("a", read.Name);
        Assert.Empty(read.Addresses);
        Assert.Empty(read.Ports);
    }

    [Fact]
    public void Equal_label_sets_ports_and_nodes_are_one_instance()
    {
        PodReader reader = new(new SharedValues());

        Pod a = reader.Read(PodContent.Pod(0, "1", "v1"), out _);
        Pod b = reader.Read(PodContent.Pod(1, "1", "v1"), out _);

        Assert.NotEqual(a.Name, b.Name);
        Assert.Same(a.Labels, b.Labels);
        Assert.Same(a.NodeName, b.NodeName);
        Assert.True(a.Ports == b.Ports && a.NodeAddresses == b.NodeAddresses);
    }

    [Fact]
    public void Shared_values_do_not_outgrow_what_is_in_use()
    {
        using ClusterFeed feed = new(TimeProvider.System);
        PodStore store = new();
        store.BeginList();
        store.AddListed(PodContent.Pod(0, "1", "v1"));
        store.CompleteList(feed);

        int most = 0;
        for (int i = 0; i < 40_000; i++)
        {
            store.Put(PodContent.Pod(0, "2", $"release-{i}"));
            store.Flush(feed, received: null);
            most = Math.Max(most, store.SharedCount);
        }

        Assert.InRange(most, 1000, 5000);
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public async Task Values_are_found_wherever_the_pieces_end()
    {
        await Gen.Select(Gen.Int[1, 40], Gen.Int[0, 1000]).SampleAsync(async (piece, seed) =>
        {
            string[] values = [.. Enumerable.Range(0, 5).Select(i => RandomPod(new Random(seed + i)).ToJsonString())];
            using MemoryStream bytes = new(Encoding.UTF8.GetBytes(string.Join("\n", values) + "\n"));
            using JsonInput input = new(new PiecewiseStream(bytes, piece), () => { });
            List<string> read = [];
            while (await input.ReadValueAsync(TestContext.Current.CancellationToken))
            {
                read.Add(Encoding.UTF8.GetString(input.Value));
            }

            Assert.Equal(values, read);
        }, iter: 200);
    }

    [Theory]
    [InlineData("""{"items":[]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"1"}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"1"},"items":{}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{}}]""")]
    [InlineData("""{"metadata":{"resourceVersion":"1"},"items":[{}""")]
    [InlineData("""["metadata"]""")]
    [InlineData("")]
    public async Task What_is_no_whole_list_is_no_empty_list(string text)
    {
        using MemoryStream bytes = new(Encoding.UTF8.GetBytes(text));
        using JsonInput input = new(bytes, () => { });

        await Assert.ThrowsAnyAsync<Exception>(() => ListEnvelope.ReadAsync(input, _ => { }, CancellationToken.None));
    }

    [Fact]
    public async Task The_order_of_a_lists_fields_does_not_matter()
    {
        using MemoryStream bytes = new("{ \"items\" : [ {\"a\":1} , {} ] , \"metadata\" : {\"continue\":\"c\",\"resourceVersion\":\"1\"}}"u8.ToArray());
        using JsonInput input = new(bytes, () => { });
        int items = 0;

        ListMetadata metadata = await ListEnvelope.ReadAsync(input, _ => items++, CancellationToken.None);

        Assert.Equal(2, items);
        Assert.Equal(new ListMetadata("1", "c"), metadata);
    }

    private static JsonObject RandomPod(Random random)
    {
        string? Ip() => s_ips[random.Next(s_ips.Length)];
        JsonArray Ips() => [.. Enumerable.Range(0, random.Next(3)).Select(_ => (JsonNode)new JsonObject { ["ip"] = Ip() })];
        JsonArray Containers() => [.. Enumerable.Range(0, random.Next(3)).Select(i => (JsonNode)new JsonObject
        {
            ["name"] = $"c{i}",
            ["restartPolicy"] = random.Next(3) switch { 0 => "Always", 1 => "OnFailure", _ => null },
            ["command"] = new JsonArray("\"\\{[", "ü\ud83d\ude00"),
            ["ports"] = random.Next(4) == 0 ? null : new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(p =>
                (JsonNode)new JsonObject
                {
                    ["name"] = random.Next(4) == 0 ? null : $"p{p}",
                    ["protocol"] = new[] { "TCP", "UDP", "SCTP", "", "ICMP", null }[random.Next(6)],
                    ["containerPort"] = random.Next(-1, 70_000),
                })]),
        })];
        JsonObject labels = [];
        for (int i = random.Next(5); i > 0; i--)
        {
            labels[$"k{random.Next(9)}"] = $"v{random.Next(3)}ä";
        }

        JsonObject pod = new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = "a",
                ["namespace"] = random.Next(4) == 0 ? null : "ns",
                ["uid"] = random.Next(4) == 0 ? null : $"u{random.Next(9)}",
                ["labels"] = random.Next(5) == 0 ? null : labels,
            },
            ["spec"] = new JsonObject
            {
                ["nodeName"] = new[] { "n1", "", null }[random.Next(3)],
                ["hostNetwork"] = random.Next(3) switch { 0 => true, 1 => false, _ => null },
                ["initContainers"] = Containers(),
                ["containers"] = Containers(),
            },
        };
        if (random.Next(5) != 0)
        {
            pod["status"] = new JsonObject
            {
                ["phase"] = new[] { "Running", "Failed", "Succeeded", null }[random.Next(4)],
                ["podIP"] = Ip(),
                ["podIPs"] = Ips(),
                ["hostIP"] = Ip(),
                ["hostIPs"] = random.Next(2) == 0 ? null : Ips(),
            };
        }

        return pod;
    }

    /// <summary>A stream that gives few bytes at a time.</summary>
    private sealed class PiecewiseStream(Stream inner, int piece) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, piece));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
