namespace NetPolNic.Policy.Model;

/// <summary>The API version that a policy was written in; it decides what missing and empty lists mean.</summary>
public enum PolicyApi : byte
{
    /// <summary>networking.k8s.io/v1 (SEMANTICS part b).</summary>
    V1,

    /// <summary>extensions/v1beta1 (SEMANTICS part a).</summary>
    V1Beta1,
}
