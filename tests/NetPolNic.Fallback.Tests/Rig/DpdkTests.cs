namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>Tests that share EAL and its ports run one after the other.</summary>
[CollectionDefinition(nameof(DpdkTests))]
public sealed class DpdkTests : ICollectionFixture<DpdkFixture>;
