<?php
/**
 * Installs WordPress in Chinese and fills it with the posts of a JSON file. Run by wordpress.py:
 *   php wordpress_setup.php WWW HOST POSTS.json
 */
[, $www, $host, $posts] = $argv;
$_SERVER['HTTP_HOST'] = $host;
$_SERVER['SERVER_NAME'] = $host;
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define('WP_INSTALLING', true);
require $www . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';
add_filter('pre_wp_mail', '__return_true');

$data = json_decode(file_get_contents($posts), true, 512, JSON_THROW_ON_ERROR);
wp_install($data['name'], 'bianji', 'bianji@' . $host, true, '', wp_generate_password(24), 'zh_CN');
wp_cache_flush();
update_option('WPLANG', 'zh_CN');
update_option('timezone_string', 'Asia/Shanghai');
update_option('date_format', 'Y-m-d');
update_option('posts_per_page', 15);
update_option('blogdescription', $data['about']);
switch_theme($data['theme']);
global $wp_rewrite;
$wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%post_id%.html');
wp_delete_post(1, true);
wp_delete_post(2, true);

$terms = [];
foreach ($data['categories'] as $slug => $name) {
    $made = wp_insert_term($name, 'category', ['slug' => $slug]);
    if (is_wp_error($made)) {
        fwrite(STDERR, $made->get_error_message() . "\n");
        exit(1);
    }
    $terms[$slug] = $made['term_id'];
}
foreach ($data['posts'] as $post) {
    $body = $post['body'];
    foreach ($post['files'] as $file) {
        $kept = wp_upload_bits($file['name'], null, base64_decode($file['data']), substr($post['date'], 0, 7));
        if (!empty($kept['error'])) {
            fwrite(STDERR, $kept['error'] . "\n");
            exit(1);
        }
        $type = wp_check_filetype($kept['file'])['type'];
        wp_insert_attachment(
            ['post_title' => $file['text'], 'post_mime_type' => $type, 'guid' => $kept['url'], 'post_date' => $post['date']],
            $kept['file']
        );
        $body .= "\n<p>附件：<a href=\"" . esc_url($kept['url']) . '">' . esc_html($file['text']) . '</a></p>';
    }
    $id = wp_insert_post([
        'post_title' => $post['title'],
        'post_author' => 1,
        'post_content' => $body,
        'post_status' => 'publish',
        'post_date' => $post['date'],
        'post_category' => [$terms[$post['category']]],
        'comment_status' => 'closed',
    ], true);
    if (is_wp_error($id)) {
        fwrite(STDERR, $id->get_error_message() . "\n");
        exit(1);
    }
}
$menu = wp_create_nav_menu('主导航');
wp_update_nav_menu_item($menu, 0, ['menu-item-title' => '首页', 'menu-item-url' => home_url('/'), 'menu-item-status' => 'publish']);
foreach ($terms as $term) {
    wp_update_nav_menu_item($menu, 0, [
        'menu-item-object' => 'category', 'menu-item-object-id' => $term,
        'menu-item-type' => 'taxonomy', 'menu-item-status' => 'publish',
    ]);
}
foreach ($data['pages'] ?? [] as $page) {
    $id = wp_insert_post([
        'post_type' => 'page', 'post_title' => $page['title'], 'post_content' => $page['body'],
        'post_status' => 'publish', 'post_author' => 1, 'comment_status' => 'closed',
    ]);
    wp_update_nav_menu_item($menu, 0, [
        'menu-item-object' => 'page', 'menu-item-object-id' => $id,
        'menu-item-type' => 'post_type', 'menu-item-status' => 'publish',
    ]);
}
set_theme_mod('nav_menu_locations', ['primary' => $menu]);
flush_rewrite_rules(false);
echo wp_count_posts()->publish, " posts\n";
