namespace NetPolNic.Policy.Model;

/// <summary>Relative to the pod, always: ingress is what it receives.</summary>
public enum Direction : byte
{
    Ingress,
    Egress,
}
