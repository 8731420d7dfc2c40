namespace Subscriptions.Paywall.Tests.Rules;

public sealed class PathRulesTests
{
    private static readonly PathRules Rules = new(
    [
        new PathRule { Path = "/archive/**", Requires = "subscriber:archive" },
        new PathRule { Path = "/articles/*", Requires = "subscriber" },
        new PathRule { Path = "/articles/*/comments", Requires = "registered" },
        new PathRule { Path = "/papers/*.pdf", Requires = "subscriber" },
        new PathRule { Path = "/archive/today", Requires = "free" },
    ]);

    [TestCase("/", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    [TestCase("/about", null)]
    [TestCase("/articles", null)]
    [TestCase("/articles/tram", "subscriber")]
    [TestCase("/articles/tram/comments", "registered")]
    [TestCase("/articles/tram/photos", null)]
    [TestCase("/archive", "subscriber:archive")]
    [TestCase("/archive/1923/05", "subscriber:archive")]
    [TestCase("/archives", null)]
    [TestCase("/papers/today.pdf", "subscriber")]
    [TestCase("/papers/today.html", null)]
    public void The_rules_that_match_say_what_is_asked(string? path, string? asked) =>
        Assert.That(Rules.Find(path)?.Text, Is.EqualTo(asked));

    [Test]
    public void A_narrow_rule_does_not_loosen_a_broad_one() =>
        Assert.That(Rules.Find("/archive/today")!.Text, Is.EqualTo("subscriber:archive"));

    [TestCase("/ARCHIVE/1923")]
    [TestCase("/archive/")]
    [TestCase("/archive//1923")]
    [TestCase("//archive/1923")]
    [TestCase("/archive/1923/")]
    [TestCase("/%61rchive/1923")]
    [TestCase("/%2561rchive/1923")]
    [TestCase("/archive%2F1923")]
    [TestCase("/archive%252f1923")]
    [TestCase("/archive\\1923")]
    [TestCase("/archive%5C1923")]
    [TestCase("/about/../archive/1923")]
    [TestCase("/about/%2e%2e/archive/1923")]
    [TestCase("/./archive/1923")]
    [TestCase("/archive/x/../../about")]
    [TestCase("/archive/%252e%252e/about")]
    [TestCase("/archive;v=1/1923")]
    [TestCase("/archive/..;/about")]
    public void No_way_of_writing_an_address_asks_less(string path) =>
        Assert.That(Rules.Find(path)?.Text, Is.EqualTo("subscriber:archive"));

    [Test]
    public void Random_disguises_of_a_gated_address_ask_at_least_as_much()
    {
        var chance = new Random(5);
        Func<string, string>[] disguises =
        [
            path => path.ToUpperInvariant(), path => path.Replace("/", "//", StringComparison.Ordinal), path => path + "/",
            path => string.Concat(path.Select(c => c != '/' && chance.Next(3) == 0 ? $"%{(int)c:X2}" : c.ToString())),
            path => "/x/.." + path, path => path.Replace("%", "%25", StringComparison.Ordinal), path => "/." + path,
        ];
        for (var round = 0; round < 1_000; round++)
        {
            var path = "/archive/1923";
            for (var i = 0; i < 3; i++)
                path = disguises[chance.Next(disguises.Length)](path);
            Assert.That(Rules.Find(path)?.Text, Is.EqualTo("subscriber:archive"), path);
        }
    }

    [TestCase("/a/**", true)]
    [TestCase("/", true)]
    [TestCase("/**", true)]
    [TestCase("a", false)]
    [TestCase("", false)]
    [TestCase("/a/**/b", false)]
    [TestCase("/a**", false)]
    [TestCase("/a?b", false)]
    [TestCase("/a\\b", false)]
    public void Only_paths_are_patterns(string pattern, bool isPattern) => Assert.That(PathRules.IsPattern(pattern), Is.EqualTo(isPattern));
}
