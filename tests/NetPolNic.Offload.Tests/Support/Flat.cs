using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>Shipped profiles without groups, for what is said about flat rules.</summary>
internal static class Flat
{
    internal static NicCapabilities Load(string profile) =>
        NicProfiles.Load(profile) with { Groups = new CapabilityFact<int>(1, "test") };
}
