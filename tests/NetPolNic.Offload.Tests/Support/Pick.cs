using CsCheck;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>Chooses one of some values.</summary>
internal static class Pick
{
    internal static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
