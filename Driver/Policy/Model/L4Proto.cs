namespace NetPolNic.Policy.Model;

/// <summary>The protocols a policy can name ports of; the value is the IP protocol number.</summary>
public enum L4Proto : byte
{
    Tcp = 6,
    Udp = 17,
    Sctp = 132,
}
