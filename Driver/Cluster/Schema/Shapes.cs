namespace NetPolNic.Cluster.Schema;

/// <summary>The shapes of the kinds that policy depends on, after the OpenAPI description of Kubernetes 1.34.</summary>
internal static class Shapes
{
    private static readonly Shape s_labelSelector = Shape.Strict(
        new FieldShape("matchLabels", Shape.StringMap),
        new FieldShape("matchExpressions", Shape.ListOf(Shape.Strict(
            new FieldShape("key", Shape.String),
            new FieldShape("operator", Shape.String),
            new FieldShape("values", Shape.ListOf(Shape.String))))));

    private static readonly Shape s_metadata = Shape.Strict(
        new FieldShape("name", Shape.String),
        new FieldShape("generateName", Shape.String),
        new FieldShape("namespace", Shape.String),
        new FieldShape("uid", Shape.String),
        new FieldShape("labels", Shape.StringMap),
        new FieldShape("annotations", Shape.StringMap),
        Checked("selfLink", Shape.String),
        Checked("resourceVersion", Shape.String),
        Checked("generation", Shape.Int64),
        Checked("creationTimestamp", Shape.Time),
        Checked("deletionTimestamp", Shape.Time),
        Checked("deletionGracePeriodSeconds", Shape.Int64),
        Checked("finalizers", Shape.ListOf(Shape.String)),
        Checked("managedFields", Shape.ListOf(Shape.Ignored)),
        Checked("ownerReferences", Shape.ListOf(Shape.Strict(
            new FieldShape("apiVersion", Shape.String),
            new FieldShape("kind", Shape.String),
            new FieldShape("name", Shape.String),
            new FieldShape("uid", Shape.String),
            new FieldShape("controller", Shape.Bool),
            new FieldShape("blockOwnerDeletion", Shape.Bool)))));

    private static readonly Shape s_v1Peers = Shape.ListOf(Shape.Strict(
        new FieldShape("podSelector", s_labelSelector),
        new FieldShape("namespaceSelector", s_labelSelector),
        new FieldShape("ipBlock", Shape.Strict(
            new FieldShape("cidr", Shape.String),
            new FieldShape("except", Shape.ListOf(Shape.String))))));

    private static readonly Shape s_v1Ports = Shape.ListOf(Shape.Strict(
        new FieldShape("protocol", Shape.String),
        new FieldShape("port", Shape.IntOrString),
        new FieldShape("endPort", Shape.Int32)));

    private static readonly Shape s_containers = Shape.ListOf(Shape.Lenient(
        new FieldShape("name", Shape.String),
        new FieldShape("restartPolicy", Shape.String),
        new FieldShape("ports", Shape.ListOf(Shape.Lenient(
            new FieldShape("name", Shape.String),
            new FieldShape("containerPort", Shape.Int32),
            new FieldShape("protocol", Shape.String))))));

    private static readonly Shape s_addresses = Shape.ListOf(Shape.Lenient(new FieldShape("ip", Shape.String)));

    /// <summary>v1 Namespace.</summary>
    public static Shape Namespace { get; } = ObjectWith(
        Checked("spec", Shape.Strict(Checked("finalizers", Shape.ListOf(Shape.String)))),
        Checked("status", Shape.Strict(
            Checked("phase", Shape.String),
            Checked("conditions", Shape.ListOf(Shape.Ignored)))));

    /// <summary>v1 Pod: only what policy reads is checked below spec and status.</summary>
    public static Shape Pod { get; } = ObjectWith(
        new FieldShape("spec", Shape.Lenient(
            new FieldShape("nodeName", Shape.String),
            new FieldShape("hostNetwork", Shape.Bool),
            new FieldShape("containers", s_containers),
            new FieldShape("initContainers", s_containers))),
        new FieldShape("status", Shape.Lenient(
            new FieldShape("phase", Shape.String),
            new FieldShape("podIP", Shape.String),
            new FieldShape("podIPs", s_addresses),
            new FieldShape("hostIP", Shape.String),
            new FieldShape("hostIPs", s_addresses))));

    /// <summary>
    /// networking.k8s.io/v1 NetworkPolicy. Its status existed in 1.24 to 1.27 only; dumps of then carry it.
    /// </summary>
    public static Shape NetworkPolicy { get; } = ObjectWith(
        new FieldShape("spec", Shape.Strict(
            new FieldShape("podSelector", s_labelSelector),
            new FieldShape("policyTypes", Shape.ListOf(Shape.String)),
            new FieldShape("ingress", Shape.ListOf(Shape.Strict(
                new FieldShape("from", s_v1Peers),
                new FieldShape("ports", s_v1Ports)))),
            new FieldShape("egress", Shape.ListOf(Shape.Strict(
                new FieldShape("to", s_v1Peers),
                new FieldShape("ports", s_v1Ports)))))),
        Checked("status", Shape.Strict(Checked("conditions", Shape.ListOf(Shape.Ignored)))));

    /// <summary>extensions/v1beta1 NetworkPolicy as of Kubernetes 1.3 to 1.6 (S-a1).</summary>
    public static Shape V1Beta1NetworkPolicy { get; } = ObjectWith(
        new FieldShape("spec", Shape.Strict(
            new FieldShape("podSelector", s_labelSelector),
            new FieldShape("ingress", Shape.ListOf(Shape.Strict(
                new FieldShape("from", Shape.ListOf(Shape.Strict(
                    new FieldShape("podSelector", s_labelSelector),
                    new FieldShape("namespaceSelector", s_labelSelector)))),
                new FieldShape("ports", Shape.ListOf(Shape.Strict(
                    new FieldShape("protocol", Shape.String),
                    new FieldShape("port", Shape.IntOrString))))))))));

    /// <summary>The envelope of every List kind; the items are checked one by one.</summary>
    public static Shape List { get; } = Shape.Strict(
        new FieldShape("apiVersion", Shape.String),
        new FieldShape("kind", Shape.String),
        Checked("metadata", Shape.Strict(
            Checked("selfLink", Shape.String),
            Checked("resourceVersion", Shape.String),
            Checked("continue", Shape.String),
            Checked("remainingItemCount", Shape.Int64))),
        Checked("items", Shape.Ignored));

    private static FieldShape Checked(string name, Shape shape) => new(name, shape, false);

    private static Shape ObjectWith(params FieldShape[] fields) => Shape.Strict(
    [
        new FieldShape("apiVersion", Shape.String),
        new FieldShape("kind", Shape.String),
        new FieldShape("metadata", s_metadata),
        .. fields,
    ]);
}
