using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Lowering;

public sealed class AddressExpansionTests
{
    [Theory]
    [InlineData("10.0.0.0/8", MaskKind.Prefix, 1)]
    [InlineData("10.0.0.1/32", MaskKind.Exact, 1)]
    [InlineData("10.0.0.0/30", MaskKind.Exact, 4)]
    [InlineData("0.0.0.0/0", MaskKind.None, 1)]
    [InlineData("fd00::/122", MaskKind.Exact, 64)]
    public void Makes_as_many_pieces_as_needed(string prefix, MaskKind kind, int pieces) =>
        Assert.Equal(pieces, AddressExpansion.Expand(IpPrefix.Parse(prefix), kind, 64)!.Count);

    [Theory]
    [InlineData("10.0.0.0/25", MaskKind.Exact)]
    [InlineData("fd00::/16", MaskKind.Exact)]
    [InlineData("10.0.0.1/32", MaskKind.None)]
    public void Gives_up_when_the_field_cannot(string prefix, MaskKind kind) =>
        Assert.Null(AddressExpansion.Expand(IpPrefix.Parse(prefix), kind, 64));

    [Fact]
    public void Lists_every_host()
    {
        PeerHosts("10.0.0.4/31", "10.0.0.4/32", "10.0.0.5/32");
        PeerHosts("fd00::e/127", "fd00::e/128", "fd00::f/128");

        static void PeerHosts(string prefix, params string[] hosts) => Assert.Equal(
            hosts.Select(IpPrefix.Parse), AddressExpansion.Expand(IpPrefix.Parse(prefix), MaskKind.Exact, 2)!);
    }
}
