using CsCheck;
using NetPolNic.EndToEnd.Tests.Rig;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// Emulated NIC and fallback say to every packet of every sequence what the evaluator and the connection model say
/// (I3), and what the NIC alone decides holds in every state (I1, I2).
/// </summary>
public sealed class VerdictPropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void Agrees_with_the_model_on_random_clusters_and_packet_sequences() => Check(CaseGen.Steady, 1000);

    [Fact]
    public void Agrees_with_the_model_while_policies_change() => Check(CaseGen.Changing, 1000);

    private void Check(Gen<Case> cases, int iterations)
    {
        WalkCount count = default;
        Failure.Check(cases, iterations, of => Walk.FirstDifference(of, count: counted => count += counted));
        output.WriteLine($"{count}");

        // A test that sees no packet decided by the NIC would prove nothing about it.
        Assert.All([count.Allowed, count.NicDropped, count.NicMarked], number => Assert.NotEqual(0, number));
    }
}
